"""What a file is written in, told from all of its bytes before anything is taken from it."""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from prospecting.findings import Refused

CHUNK = 1 << 20
MEND = "Save it as CSV in UTF-8."
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Beginnings of what people rename to .csv: zip (xlsx, ods), the old xls, pdf, gzip.
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
_IN_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True)
class Examined:
    """A file that can be read: its encoding in Python's words, its SHA-256, its size in bytes."""

    encoding: str
    digest: str
    size: int


def examine(path: Path, name: str) -> Examined:
    """Read `path` once from end to end. Raises Refused (IM002) if no encoding fits all of it."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError as error:
        raise Refused.of("CF003", "There is no such file.", "Check the path.", file=name) from error
    except OSError as error:
        raise Refused.of(
            "CF003", f"The file cannot be read: {error.strerror}.", "Check its kind and rights.", file=name
        ) from error
    if not head:
        raise Refused.of(
            "IM005", "The file is empty.", "Begin it with a line of column names.", file=name, line=1, column=1
        )
    if head.startswith(_NO_TEXT):
        raise Refused.of(
            "IM002", "This is no CSV file but a document of another program.", f"Open it there. {MEND}", file=name
        )
    declared = next((encoding for bom, encoding in _BOMS if head.startswith(bom)), None) or _wide(head)
    tried = declared or "utf-8"
    digest, size, fits = _read_through(path, tried)
    if fits:
        return Examined(tried, digest, size)
    if declared is None and _looks_like_cp1252(path):
        return Examined("cp1252", digest, size)
    line, column = _place(path, tried)
    raise Refused.of(
        "IM002",
        f"From here on the file is not {tried.upper().removesuffix('-SIG')}, as it is before.",
        MEND,
        file=name,
        line=line,
        column=column,
    )


def _wide(head: bytes) -> str | None:
    """UTF-16 without a byte order mark shows in its zeros: every other byte of plain letters."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 5 and even <= odd // 20:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 5 and odd <= even // 20 else None


def _read_through(path: Path, encoding: str) -> tuple[str, int, bool]:
    """Digest, size, and whether all of it is in `encoding`."""
    digest, size, fits = hashlib.sha256(), 0, True
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in chain(_chunks(path), [b""]):
        digest.update(chunk)
        size += len(chunk)
        try:
            if fits:
                decoder.decode(chunk, final=not chunk)
        except UnicodeError:
            fits = False
    return digest.hexdigest(), size, fits


def _looks_like_cp1252(path: Path) -> bool:
    """Whether its bytes above ASCII all are letters there, and few of them would be letters in UTF-8: a file with many
    is UTF-8 that was cut or pasted together, and reading it as cp1252 would spoil every accent."""
    high = in_utf8 = 0
    for chunk in _chunks(path):
        if _NOT_IN_CP1252.search(chunk):
            return False
        high += len(_HIGH.findall(chunk))
        in_utf8 += sum(len(found) for found in _IN_UTF8.findall(chunk))
    return in_utf8 * 2 < high


def _place(path: Path, encoding: str) -> tuple[int, int]:
    """Line and column of the first thing that cannot be decoded."""
    lines, before = 1, ""
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in _chunks(path):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(encoding, "ignore")
            lines += good.count("\n")
            last = (before + good).rpartition("\n")[2] if "\n" in good else before + good
            return lines, len(last) + 1
        lines += text.count("\n")
        before = text.rpartition("\n")[2] if "\n" in text else before + text
    return lines, len(before) + 1


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
