"""Whether bytes are a picture that reports show, told by the bytes. No Django."""

import warnings
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from apps.reports.errors import NoPicture

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
MAX_SIDE = 12_000  # pixels
MAX_PIXELS = 40_000_000


class Picture(NamedTuple):
    """width, height: pixels."""

    media_type: str
    width: int
    height: int


def picture_of(path: str | Path) -> Picture:
    """What picture a file is. Raises NoPicture for anything else, whatever it is called, and for one that is broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of a picture that unpacks to more than fits
            with Image.open(path, formats=list(FORMATS)) as image:
                (width, height), media_type = image.size, FORMATS[str(image.format)]
                if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
                    raise NoPicture(
                        f"The picture has {width:,} × {height:,} pixels; at most {MAX_SIDE:,} a side and "
                        f"{MAX_PIXELS:,} in all are allowed."
                    )
                image.verify()
    except NoPicture:
        raise
    except Exception as error:  # whatever a broken file makes the library raise
        raise NoPicture("This is no such picture, or it is broken.") from error
    return Picture(media_type, width, height)
