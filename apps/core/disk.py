"""How full the disk of the data folder is."""

import shutil
from typing import NamedTuple

from django.conf import settings

WARN_FROM = 0.80
FULL_FROM = 0.95


class DiskUse(NamedTuple):
    """Bytes. share: of what may be used, 0..1."""

    total: int
    free: int
    share: float

    @property
    def percent(self) -> int:
        return int(self.share * 100)

    @property
    def is_filling(self) -> bool:
        """Whether somebody should make room now."""
        return self.share >= WARN_FROM


def disk_use() -> DiskUse:
    """The use of the disk that holds the data folder, as `df` counts it: what root alone may use is not there."""
    use = shutil.disk_usage(settings.DATA_DIR)
    return DiskUse(use.total, use.free, use.used / (use.used + use.free))
