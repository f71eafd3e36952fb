"""Which encoding a text file has, and the same text as UTF-8."""

import codecs
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.errors import UnreadableFile

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What spreadsheets and databases really write; the more exotic a guess, the likelier it is wrong.
_PLAUSIBLE = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859_2", "koi8_r", "mac_roman"]
_PLAUSIBLE += ["shift_jis", "cp932", "euc_jp", "gb18030", "big5", "cp949"]
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def detect(path: Path) -> str:
    """Return the name of the encoding of a text file: ``utf-8``, ``utf-16``, ``cp1252``, ...

    UTF-8 with a few damaged lines counts as UTF-8: those lines are rejected by number later.

    Raises
    ------
    UnreadableFile
        If the file holds bytes that no text holds.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    wide = _utf16_without_mark(head)
    if wide:
        return wide
    _refuse_binary(path, head)
    valid, damaged, sample = _weigh_utf8(path)
    if not damaged or valid > 10 * damaged:
        return "utf-8"
    return _guess(sample)


def as_utf8(path: Path, encoding: str, target: Path) -> Path:
    """Make ``target`` the same text in UTF-8 (a link where the file is UTF-8 already) and return it.

    Raises
    ------
    UnreadableFile
        If the text is not what ``encoding`` promises, or holds NUL characters.
    """
    if encoding == "utf-8":
        # A link with a plain name: DuckDB would take * or [ in the file's own name for a pattern.
        try:
            target.symlink_to(path.resolve())
        except OSError:
            shutil.copyfile(path, target)
        return target
    try:
        with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
            while text := source.read(_CHUNK):
                if "\0" in text:
                    raise _not_text(path)
                out.write(text)
    except UnicodeError as error:
        raise UnreadableFile(
            f"{path.name} looks like {encoding} text but is damaged in the middle.",
            fix="Save it again as CSV in UTF-8.",
        ) from error
    return target


def even_newlines(path: Path, quote: str, target: Path) -> Path:
    """Make ``target`` the UTF-8 text ``path`` with every line ending outside quotes turned into a line feed."""
    quoted = False
    with (
        path.open(encoding="utf-8", errors="surrogateescape", newline="") as source,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out,
    ):
        while text := source.read(_CHUNK):
            if text.endswith("\r"):
                text += source.read(1)
            for position, part in enumerate(text.split(quote)):
                if position:
                    out.write(quote)
                    quoted = not quoted
                out.write(part if quoted else part.replace("\r\n", "\n").replace("\r", "\n"))
    return target


def _not_text(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} is not a table of text: it holds bytes that no text file holds.",
        fix="Bring a CSV, Excel (.xlsx) or Parquet file.",
    )


def _utf16_without_mark(head: bytes) -> str | None:
    """Western text in UTF-16 has a NUL in every second place."""
    even, odd = head[0::2], head[1::2]
    if len(odd) < 2:
        return None
    if odd.count(0) > 0.6 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.6 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return None


def _refuse_binary(path: Path, head: bytes) -> None:
    # A stray control character is a blemish, many are machine code.
    if len(_CONTROL.findall(head)) > max(16, 0.03 * len(head)) or any(b"\0" in chunk for chunk in _chunks(path)):
        raise _not_text(path)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _weigh_utf8(path: Path) -> tuple[int, int, bytes]:
    """Return the valid and the damaged non-ASCII characters, and up to 64 kB of the lines that hold them."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    valid = damaged = 0
    for chunk in _chunks(path):
        if chunk.isascii():
            decoder.decode(chunk)
            continue
        text = decoder.decode(chunk)
        bad = len(re.findall("[\udc80-\udcff]", text))
        damaged += bad
        valid += len(re.findall(r"[^\x00-\x7f]", text)) - bad
    damaged += len(decoder.decode(b"", final=True))
    return valid, damaged, _telling(path) if damaged else b""


def _telling(path: Path) -> bytes:
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                lines.append(line[:2000])
                size += len(lines[-1])
            if size > 1 << 16:
                break
    return b"".join(lines)


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    high = sum(byte > 0x7F for byte in sample)
    # A handful of accents cannot tell one code page from another; Western is by far the likeliest.
    best = from_bytes(sample, cp_isolation=_PLAUSIBLE).best() if high >= 24 else None
    if best is not None:
        return str(best.encoding)
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
