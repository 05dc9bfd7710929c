"""The steps of the story. Everything happens as it would: git, the training's process, the client's, HTTP."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.pull_requests.ci import READS, WRITES, environment
from tests.pull_requests.host import Host, Pull
from tests.services.keeper import ROOT

HERE = Path(__file__).parent
REPORT = "reports/rates.md"
ANNA = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
OURS = ("PACELINE_", "GITHUB_", "GITLAB_", "GITEA_", "CI_")


class Played(NamedTuple):
    """What is there in the end. comments: the bodies on the host after each job. summary: of the fork's job."""

    comments: list[list[str]]
    codes: list[int]
    summary: str
    said: str


class Story:
    """server, key and project: of a Paceline whose project everybody may read. folder: an empty one."""

    def __init__(
        self, *, server: str, key: str, project: str, host: Host, folder: Path, tell: Callable[[str], None]
    ) -> None:
        self.host, self.folder, self.tell = host, folder, tell
        self.repository = folder / "digits"
        others = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.environment = {
            **others,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "client")]),
            "PACELINE_CONFIG": str(folder / "no settings"),
            "PACELINE_DIR": str(folder / "spools"),
            "PACELINE_SERVER": server,
            "PACELINE_PROJECT": project,
            "PACELINE_CONSOLE": "off",
            "PACELINE_SYSTEM_SECONDS": "0",
            **{f"GIT_{name}": "anna@example.org" for name in ANNA},
        }
        self.key = {"PACELINE_API_KEY": key}
        self.said = ""

    def play(self) -> Played:
        self.repository.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        (self.repository / "README.md").write_text("# Digits\n")
        self.commit("Begin")
        self.git("switch", "--quiet", "--create", "lower-rate")
        shutil.copy(HERE / "train.py", self.repository)
        (self.repository / "reports").mkdir()
        shutil.copy(HERE / "report.md", self.repository / REPORT)
        first = self.commit("Try a hundredth of the learning rate")
        self.tell("Ten trainings: two learning rates, five seeds …")
        self.run([sys.executable, "train.py"], self.key, self.repository)
        self.host.pulls[7].head = first
        comments, codes = [], []

        def job(name: str, commit: str, *, fork: bool = False) -> None:
            codes.append(self.job(name, commit, fork=fork))
            comments.append(self.host.bodies())

        job("The first job", first)
        with (self.repository / REPORT).open("a") as file:
            file.write("\nIt learns too slowly now: not to be merged.\n")
        second = self.commit("Say what came out")
        self.host.pulls[7].head = second
        job("The job of a second push", second)
        job("The first job, run again late", first)
        self.host.pulls[8] = Pull(8, second)
        job("The same from a fork", second, fork=True)
        return Played(comments, codes, self.summary.read_text(), self.said)

    @property
    def summary(self) -> Path:
        return self.folder / "summary.md"

    def job(self, name: str, commit: str, *, fork: bool) -> int:
        """What the workflow file of docs/pull-requests.md does, in a fresh checkout of a commit; its exit code."""
        checkout = self.folder / f"checkout-{len(list(self.folder.glob('checkout-*')))}"
        self.run(["git", "clone", "--quiet", "--no-checkout", str(self.repository), str(checkout)])
        self.run(["git", "checkout", "--quiet", commit], folder=checkout)
        token = READS if fork else WRITES
        number = 8 if fork else 7
        names = environment(self.host, self.folder, token=token, commit=commit, fork=fork, number=number)
        secrets = {} if fork else self.key
        self.tell(f"{name}, for {commit[:10]}:")
        command = [sys.executable, "-m", "paceline", "report", "push", REPORT, "--pr", "--strict"]
        return self.run(command, {**names, **secrets}, checkout, must=False)

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def git(self, *words: str) -> str:
        said = subprocess.run(
            ["git", *words], cwd=self.repository, env=self.environment, check=True, capture_output=True, text=True
        )
        return said.stdout.strip()

    def run(
        self, command: list[str], more: dict[str, str] | None = None, folder: Path | None = None, *, must: bool = True
    ) -> int:
        ended = subprocess.run(
            command,
            cwd=folder,
            env={**self.environment, **(more or {})},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said += ended.stdout
        for line in ended.stdout.splitlines():
            self.tell(f"    {line}")
        if must and ended.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}")
        return ended.returncode
