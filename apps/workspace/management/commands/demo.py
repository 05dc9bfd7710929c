"""Fills a project with real trainings."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.models import ApiKey, Scope
from apps.accounts.services import ADMIN, make_first_admin, make_key, revoke_key
from apps.workspace.demo.progress import DONE, read_progress

KEY_NAME = "demo"
NICE = 10


class Command(BaseCommand):
    help = "Train real models on scikit-learn's digits and log them to the running site. Does nothing when it is done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="the running site, such as http://127.0.0.1:8000")
        parser.add_argument("--project", default="digits", help="a project of the team admin (default: digits)")

    def handle(self, *args: Any, **options: Any) -> None:
        progress = read_progress()
        if progress is not None and progress.state == DONE:
            return
        os.nice(NICE)  # pages come first
        os.environ.setdefault("PACELINE_EXIT_SECONDS", "3")
        os.environ["PACELINE_QUIET"] = "1"
        os.environ["PACELINE_CONSOLE"] = "off"  # it prints nothing
        os.environ["PACELINE_SYSTEM_SECONDS"] = "0"  # the charts of its seconds are about learning
        from apps.workspace.demo.showing import Demo  # takes a second to import

        admin = make_first_admin()
        for left in ApiKey.objects.filter(user=admin, name=KEY_NAME, revoked_at=None):
            revoke_key(user=admin, key_id=left.id)  # of a pass that was killed
        key, text = make_key(user=admin, scope=Scope.ADMIN, name=KEY_NAME)
        try:
            Demo(url=options["url"], api_key=text, project=f"{ADMIN}/{options['project']}").run()
        except KeyboardInterrupt:
            pass  # the site stops; the next start goes on from here
        finally:
            revoke_key(user=admin, key_id=key.id)
            ApiKey.objects.filter(user=admin, name=KEY_NAME).delete()  # it was never a person's: no need to list it
