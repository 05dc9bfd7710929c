"""`python -m tests.pull_requests.story`: plays it on a whole site and a stand-in of GitHub, and shows the comment."""

import shutil
import sys

from tests.pull_requests.ci import stocked
from tests.pull_requests.host import running
from tests.pull_requests.story.playing import Story
from tests.services.folders import temporary_folder
from tests.services.site import Site

PROJECT = "admin/story"
PUBLIC = f"""
from apps.accounts.models import Team
from apps.runs.models import Project
Project.objects.create(team=Team.objects.get(slug="admin"), slug="{PROJECT.partition("/")[2]}", visibility="public")
"""


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    tell("Starting a site …")
    site, folder = Site(temporary_folder("paceline-site-")), temporary_folder("paceline-story-")
    try:
        site.manage("shell", "--command", PUBLIC)
        with running("GitHub") as host:
            story = Story(
                server=site.url, key=site.admin_key, project=PROJECT, host=stocked(host), folder=folder, tell=tell
            )
            played = story.play()
        tell(f"\n--- The one comment ---\n{played.comments[-1][0]}\n--- The fork's job summary ---\n{played.summary}")
        return max(played.codes)
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
