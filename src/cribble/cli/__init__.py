"""The command line. Heavy modules are imported inside the commands, so that ``--help`` is quick."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code."""
    from cribble.cli.app import app

    app()
