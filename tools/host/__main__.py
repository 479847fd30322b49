# SPDX-License-Identifier: MIT
"""`python -m tools.host`: the host's commands without the rest of `qiandao`."""

from tools.host.cli import host

if __name__ == "__main__":
    host(prog_name="host")
