# SPDX-License-Identifier: MIT
"""`qiandao`: one command for everything around the terminal. Each group or command is a module of its own, loaded when
it is asked for, since a host needs other libraries than an emulated board.
"""

import importlib
from typing import Final

import click

_COMMANDS: Final = {
    "backup": ("tools.commands.backup", "Export a terminal's journal to a file, or show such a file."),
    "bench": ("tools.bench.command", "Measure what the firmware costs, beside references of the same run."),
    "board": ("tools.commands.board", "Run an emulated board whose console is a port for serial tools."),
    "console": ("tools.commands.console", "A terminal's live log, screen and keys, over serial."),
    "day": ("tools.day.command", "Live through a shop's day on the emulated board."),
    "deploy": ("tools.commands.deploy", "Copy the firmware onto a board that runs MicroPython."),
    "detect": ("tools.commands.detect", "Is a terminal locked, why, and do screen, LED and behaviour agree?"),
    "flash": ("tools.commands.flash", "Erase a board and give it MicroPython and our partition table."),
    "host": ("tools.host.cli", "The acquirer host that terminals sign in to."),
    "image": ("tools.commands.image", "Make one file of everything that a new board gets."),
    "play": ("tools.play.command", "Play a script on an emulated board and show its screens."),
    "provision": ("tools.commands.provision", "Give a freshly flashed terminal its identity, keys, Wi-Fi and host."),
    "report": ("tools.commands.report", "Shift totals (X) and the last closed batch (Z) of a terminal, by operator."),
    "restore": ("tools.commands.restore", "Write a backup into a replacement board, and prove it."),
    "selftest": ("tools.commands.selftest", "Test a board on the bench: its parts, and the way to the host."),
    "sim": ("tools.commands.sim", "Try the terminal on a web page of this computer."),
}


class _Lazy(click.Group):
    """Knows the names of its commands, and their modules only when one is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in sorted(_COMMANDS.items())])


@click.group(cls=_Lazy)
def main() -> None:
    """Qiandao: a payment terminal's firmware, its emulated board and its host."""


if __name__ == "__main__":
    main(prog_name="qiandao")
