"""Which runs of a project go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.hosting import retention, services
from apps.hosting.models import RetentionRule
from apps.runs.models import Project


class Command(BaseCommand):
    help = (
        "Show, set or apply retention rules. Workers apply them every five minutes: archive first, delete days later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", nargs="?", metavar="TEAM/PROJECT", help="without it: all that have a rule")
        parser.add_argument("--keep-days", type=int, help="runs that ended more than so many days ago go")
        parser.add_argument("--keep-last", type=int, help="but the newest so many runs stay")
        parser.add_argument("--keep-tag", action="append", help="runs with this tag stay; instead of keep and baseline")
        parser.add_argument("--grace-days", type=int, help="days between archiving and deleting (7)")
        parser.add_argument("--never", action="store_true", help="take the rule away: nothing ever goes")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go; set nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        rules = RetentionRule.objects.select_related("project__team").order_by("project_id")
        if options["project"]:
            rule = self._rule(options)
            self._show([rule] if rule is not None else [])
        else:
            self._show(list(rules))

    def _rule(self, options: dict[str, Any]) -> RetentionRule | None:
        team, _, slug = options["project"].partition("/")
        project = Project.objects.select_related("team").filter(team__slug=team, slug=slug).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        known = RetentionRule.objects.filter(project=project).first()
        if options["never"]:
            if not options["dry_run"]:
                services.remove_rule(project=project, by=None)
            return None
        rule = known or RetentionRule(project=project)
        rule.project = project
        given = {
            "keep_days": "keep_days",
            "keep_last": "keep_last",
            "keep_tag": "keep_tags",
            "grace_days": "grace_days",
        }
        changes = {field: options[name] for name, field in given.items() if options[name] is not None}
        if any(isinstance(value, int) and value < 0 for value in changes.values()):
            raise CommandError("Days and numbers of runs are 0 or more.")
        for field, value in changes.items():
            setattr(rule, field, value)
        if changes and not options["dry_run"]:
            fields = {field: getattr(rule, field) for field in given.values()}
            rule = services.set_rule(project=project, **fields, by=None)
        return rule

    def _show(self, rules: list[RetentionRule]) -> None:
        if not rules:
            self.stdout.write("No rule: nothing ever goes.")
        for rule in rules:
            self.stdout.write(
                f"{rule.project}: keep days {rule.keep_days}, last {rule.keep_last}, tags {', '.join(rule.keep_tags)}"
            )
            wanted = retention.plan(rule)
            for what, runs in (("archive", wanted.archive), ("delete", wanted.delete)):
                for run in runs:
                    self.stdout.write(f"  {what:8} {run.slug} {run.name}")
            for run, by in wanted.cited:
                self.stdout.write(f"  {'stays':8} {run.slug} {run.name}: cited by {', '.join(map(str, by))}")
