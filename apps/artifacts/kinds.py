"""What a file is, told by its own first bytes: never by the sender's word alone. No Django.

Only what no browser runs code from is shown inline (DESIGN: plain text, raster images, video, audio).
"""

import codecs
import mimetypes
from typing import NamedTuple

HEAD_BYTES = 8_192  # of a file that are looked at
IMAGE, VIDEO, AUDIO, TEXT, MARKUP, OTHER = "image", "video", "audio", "text", "markup", "other"
INLINE = {IMAGE, VIDEO, AUDIO, TEXT}
UNKNOWN = "application/octet-stream"

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_FTYP = {  # ISO media files by their major brand
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"M4V ": "video/mp4",
    b"dash": "video/mp4",
}
_MP4_BRANDS = (b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"mmp4", b"MSNV")
# Text that a browser might take for a page. "<" and "&lt;?" of a script or an XML file are enough.
_MARKUP_TYPES = ("html", "xml", "svg")
_CONTROLS = {*range(0x20)} - {*b"\t\n\r\x0c\x1b\x08"}  # terminal output is text too
_TEXT_TYPES = {  # of names whose type the system's table does not know, or tells differently everywhere
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".ipynb": "application/json",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
    ".py": "text/x-python",
    ".patch": "text/x-diff",
    ".diff": "text/x-diff",
}


class Kind(NamedTuple):
    """What a file is: its family, which says how it is answered and previewed, and its media type."""

    name: str
    media_type: str


def kind_of(head: bytes, path: str, said: str = "") -> Kind:
    """What a file is. head: its first HEAD_BYTES, or all. said: the sender's media type, which only refines text."""
    binary = _binary_type(head)
    if binary:
        return Kind(binary.partition("/")[0], binary)
    named = _type_of_name(path)
    said = said.partition(";")[0].strip().lower()
    if not is_text(head):
        return Kind(OTHER, _harmless(named) or _harmless(said) or UNKNOWN)
    if _looks_like_markup(head) or any(word in one for one in (named, said) for word in _MARKUP_TYPES):
        markup = (one for one in (named, said) if any(word in one for word in _MARKUP_TYPES))
        return Kind(MARKUP, next(markup, "text/plain"))
    return Kind(TEXT, named or (said if said.startswith("text/") else "text/plain"))


def is_text(head: bytes) -> bool:
    """Whether bytes are UTF-8 text without control characters but those of a terminal; a cut last character is."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.intersection(head)


def _binary_type(head: bytes) -> str:
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return _FTYP.get(brand, "video/mp4" if brand in _MP4_BRANDS else "")
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:256] else "audio/ogg"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 not in (0x00, 0xF0):
        return "audio/mpeg"  # a frame of layer III, bit rate given
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0" and head[14:18] in (b"\x28\0\0\0", b"\x7c\0\0\0"):
        return "image/bmp"
    return ""


def _type_of_name(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    for ending, media_type in _TEXT_TYPES.items():
        if name.endswith(ending):
            return media_type
    return mimetypes.guess_type(name, strict=True)[0] or ""


def _harmless(media_type: str) -> str:
    """A media type that promises no picture, sound, text or page: the bytes are none."""
    family, _, own = media_type.partition("/")
    page = any(word in own for word in (*_MARKUP_TYPES, "script"))
    return media_type if family == "application" and own.isascii() and not page else ""


def _looks_like_markup(head: bytes) -> bool:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\t\n\r\x0c ")
    return start[:1] == b"<" and (start[1:2].isalpha() or start[1:2] in (b"!", b"?", b"/"))
