"""Writes of the ignore list."""

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.comparison.errors import MAX_IGNORED
from apps.comparison.ignoring import MAX_PATTERN, MAX_STARS
from apps.comparison.models import IgnoredKey
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.runs.models import Project


def ignore_key(project: Project, pattern: str, by: User) -> str:
    """Leave a key, or all that a pattern with * is, out of what differs. Gives it as stored. Raises Invalid."""
    wanted = pattern.strip()
    problem = text_problem(wanted)
    if not wanted or not wanted.strip("*"):
        problem = "names nothing: write a key like config.seed, or a pattern like packages.nvidia-*"
    elif not problem and len(wanted) > MAX_PATTERN:
        problem = f"has {len(wanted):,} characters; at most {MAX_PATTERN} are allowed"
    elif not problem and wanted.count("*") > MAX_STARS:
        problem = f"has {wanted.count('*')} stars; at most {MAX_STARS} are allowed"
    if not problem and project.ignored_keys.count() >= MAX_IGNORED:
        problem = f"would be one of more than {MAX_IGNORED}; take out some that are ignored, or join them with *"
    if problem:
        raise Invalid(f"The key {problem}.", fields={"pattern": problem})
    try:
        with transaction.atomic():
            IgnoredKey.objects.create(project=project, pattern=wanted, created_by=by)
    except IntegrityError:
        pass  # it is ignored already
    return wanted


def show_key(project: Project, pattern: str) -> None:
    """Take a pattern off the ignore list; one that is not on it needs no taking."""
    project.ignored_keys.filter(pattern=pattern).delete()
