# SPDX-License-Identifier: MIT
"""`python -m tools.bench`: the figures without the rest of `qiandao`."""

from tools.bench.command import bench

if __name__ == "__main__":
    bench(prog_name="bench")
