"""The benchmarks that are programs of their own: run as they are, their words kept.

client_log: what logging costs a training, server up, down and hanging. compare_page: the compare page in Chromium.
"""

import subprocess
import sys

from benchmarks.house import SQLITE, House
from benchmarks.tables import Table
from tests.services.keeper import ROOT


def client_log(house: House) -> list[Table]:
    site = house.site(SQLITE)
    words = ["benchmarks.client_log", "--server", site.url, "--api-key", site.admin_key]
    return [_said("The client's log()", "python -m benchmarks client_log", words)]


def compare_page(house: House) -> list[Table]:
    words = ["benchmarks.compare_page", *(["--points", "2000", "--times", "2"] if house.sizes.quick else [])]
    return [_said("The compare page in Chromium", "python -m benchmarks compare_page", words)]


def _said(title: str, command: str, words: list[str]) -> Table:
    ended = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if not ended.stdout:
        raise RuntimeError(ended.stderr[-3_000:])
    return Table(title, command, said=ended.stdout)
