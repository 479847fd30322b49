# SPDX-License-Identifier: MIT
"""`python -m tools.day`: the day without the rest of `qiandao`."""

from tools.day.command import day

if __name__ == "__main__":
    day(prog_name="day")
