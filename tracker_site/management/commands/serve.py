"""The whole site with one command."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError

from tracker_site.parent import SUPERVISED
from tracker_site.supervisor import Child, FolderTaken, PortTaken, Supervisor, free_address, lock_folder

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


class Command(BaseCommand):
    help = "Run the site: web server, worker and, on the embedded default, the demo. HOST, PORT, PACELINE_DATA: where."
    requires_system_checks = []  # prepare makes them

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._serve()
        except KeyboardInterrupt:
            self.stderr.write("Stopped before it was ready.")

    def _serve(self) -> None:
        host = os.environ.get("HOST") or "127.0.0.1"
        port = _port()
        try:
            port = free_address(host, port)
            lock = lock_folder(settings.DATA_DIR)
        except PortTaken as error:
            raise CommandError(f"{error} PORT=… make serve takes another port, HOST=… another address.") from error
        except FolderTaken as error:
            raise CommandError(f"{error} Stop it, or name another folder: PACELINE_DATA=… make serve") from error
        address = settings.PUBLIC_URL or _local(host, port)
        self.stderr.write("Paceline is getting ready …")
        path = _prepare()
        link = address + path if path else ""
        supervisor = Supervisor(self._children(host, port), inherited=[lock])
        supervisor.start()
        try:
            while not supervisor.stopping and not _answers(host, port):
                supervisor.look_after()
            if not supervisor.stopping:
                self._greet(address, link)
                supervisor.children += self._demo(host, port)  # it sends to the site, which answers by now
            supervisor.run()
        finally:
            supervisor.stop()
        self.stderr.write("Paceline has stopped.")

    def _children(self, host: str, port: int) -> list[Child]:
        return [
            Child("web", [*MANAGE, "web", "--host", host, "--port", str(port)]),
            Child("worker", [*MANAGE, "worker"]),
        ]

    def _demo(self, host: str, port: int) -> list[Child]:
        embedded = not settings.DATABASE_URL and not settings.REDIS_URL
        if embedded and os.environ.get("PACELINE_DEMO", "1") != "0" and "demo" in get_commands():
            return [Child("demo", [*MANAGE, "demo", "--url", _local(host, port)], keep=False)]
        return []

    def _greet(self, address: str, link: str) -> None:
        lines = ["", f"  Paceline     {address}/"]
        if link:
            lines.append(f"  sign in      {link}   (as admin, works once)")
        lines += [f"  data         {settings.DATA_DIR}", "  Ctrl-C stops it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _port() -> int:
    text = os.environ.get("PORT", "").strip() or "8000"
    if not text.isdigit() or int(text) > 65_535:
        raise CommandError(f"PORT is {text!r}; it must be a number from 0 (any free one) to 65535.")
    return int(text)


def _local(host: str, port: int) -> str:
    """The address for this machine itself."""
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"{_local(host, port)}/healthz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        time.sleep(0.05)
        return False


def _prepare() -> str:
    """Get ready, and return the path that signs the admin in once, or "".

    In a process of its own, since what that loads would stay in this one.
    """
    ended = subprocess.run(  # noqa: S603
        [*MANAGE, "prepare", "--sign-in-path"],
        env=os.environ | {SUPERVISED: str(os.getpid())},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise CommandError("Paceline could not get ready; the lines above say why.")
    return ended.stdout.strip()
