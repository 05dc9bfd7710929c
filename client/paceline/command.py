"""The command `paceline`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from paceline import __version__
from paceline.settings import read_settings
from paceline.syncing import print_line, sync


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives its exit code: 0 done, 1 something is left, 2 wrongly called."""
    parser = argparse.ArgumentParser(prog="paceline", description="Send training runs to a Paceline server.")
    parser.add_argument("--version", action="version", version=f"paceline {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    syncing = commands.add_parser("sync", help="send what offline and killed runs left on this disk")
    syncing.add_argument(
        "folder", nargs="?", metavar="DIR", help="a spool, or a folder of them (default: PACELINE_DIR)"
    )
    syncing.add_argument("--server", help="where runs without a server go (default: PACELINE_SERVER)")
    syncing.add_argument("--api-key", help="default: PACELINE_API_KEY")
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings(url=chosen.server, api_key=chosen.api_key)
    except ValueError as error:
        parser.error(str(error))
    root = Path(chosen.folder).expanduser() if chosen.folder else settings.directory
    try:
        return 0 if sync(root, settings, print_line) else 1
    except KeyboardInterrupt:
        print_line("Stopped; what is not sent stays on disk.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
