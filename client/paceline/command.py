"""The command `paceline`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from paceline import __version__
from paceline.login import login
from paceline.report_command import add_report_command, report, spelt_out
from paceline.settings import read_settings
from paceline.syncing import print_line, sync
from paceline.verifying import verify


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives its exit code.

    0 done, 1 something is left or missing, 2 wrongly called, 3 cannot tell, 4 a pull request is not commented.
    """
    parser = command_parser()
    chosen = parser.parse_args(spelt_out(sys.argv[1:] if arguments is None else arguments))
    try:
        if chosen.command == "login":
            return login(chosen.server or "", chosen.key or "", chosen.team or "", print_line)
        settings = read_settings(url=chosen.server, api_key=chosen.api_key)
        if chosen.command == "report":
            return report(chosen, settings)
        if chosen.command == "verify":
            return verify(chosen.what or "", settings, print_line)
        root = Path(chosen.folder).expanduser() if chosen.folder else settings.directory
        return 0 if sync(root, settings, print_line) else 1
    except ValueError as error:
        parser.error(str(error))
    except EOFError:
        parser.error("nothing was typed; use --key - to read the key from a pipe")
    except KeyboardInterrupt:
        print_line("Stopped; what is not sent stays on disk.")
        return 130


def command_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="paceline", description="Send training runs to a Paceline server.")
    parser.add_argument("--version", action="version", version=f"paceline {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    signing_in = commands.add_parser("login", help="keep a server and an API key for this user, without a browser")
    signing_in.add_argument("server", nargs="?", metavar="URL", help="asked for when left out")
    signing_in.add_argument("--key", help="asked for when left out; - reads it from stdin")
    signing_in.add_argument("--team", help="where projects without a team go")
    syncing = commands.add_parser("sync", help="send what offline and killed runs left on this disk")
    syncing.add_argument(
        "folder", nargs="?", metavar="DIR", help="a spool, or a folder of them (default: PACELINE_DIR)"
    )
    verifying = commands.add_parser("verify", help="compare what was sent with what the server stored")
    verifying.add_argument(
        "what", nargs="?", metavar="RUN|DIR", help="a run's id or address, or a folder (default: all of PACELINE_DIR)"
    )
    add_report_command(commands)
    for command in (syncing, verifying):
        command.add_argument("--server", help="where runs without a server go (default: PACELINE_SERVER)")
        command.add_argument("--api-key", help="default: PACELINE_API_KEY")
    return parser


if __name__ == "__main__":
    sys.exit(main())
