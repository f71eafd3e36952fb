"""Which encoding a text file has, and the same text as UTF-8."""

import codecs
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from engine.data import codepage
from engine.data.kinds import BRING
from engine.errors import UnreadableFile, UnusableOption

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UNFIT = "\udcff"  # written as a byte that no UTF-8 holds, it makes the scan reject the line


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a file are text; ``alternatives`` are as good a guess, ``note`` asks which it is."""

    name: str
    alternatives: tuple[str, ...] = ()
    note: str | None = None

    @property
    def certain(self) -> bool:
        """Whether nothing else is likely."""
        return not self.alternatives


def detect(path: Path) -> Encoding:
    """Find the encoding of a text file: ``utf-8``, ``utf-16``, ``cp1252``, ...

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
            return Encoding(name)
    wide = _utf16_without_mark(head)
    if wide:
        return Encoding(wide)
    _refuse_binary(path, head)
    if re.search(rb"\x1b\$[@B]", head):
        return Encoding("iso2022_jp")
    valid, damaged, sample = _weigh_utf8(path)
    if valid >= 2 * damaged:
        return Encoding("utf-8")
    guess = codepage.guess(sample)
    if not guess.others:
        return Encoding(guess.name)
    note = (
        f"It is not certain how letters beyond a to z are written: read as {guess.name}, a value is {guess.example!r};"
        f" read as {guess.others[0]}, it would be {guess.other_example!r}. Say which encoding it is if this is wrong."
    )
    return Encoding(guess.name, guess.others, note)


def named(path: Path, name: str) -> Encoding:
    """Return the encoding a person names.

    Raises
    ------
    UnusableOption
        If there is no such encoding of text, or hardly anything in the file can be read in it.
    """
    try:
        known = codecs.lookup(name)
        "a".encode(name)
    except (LookupError, UnicodeError) as error:
        raise UnusableOption(
            f"There is no encoding called {name!r}.", fix="Say one such as utf-8, cp1252, cp1251, shift_jis or gb18030."
        ) from error
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if known.name == "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16-le"
    text = head.decode(name, errors="replace")
    one_line = b"\n" in head and not re.search(r"[\n\r]", text)
    if one_line or text.count("\ufffd") > 0.2 * len(text) or text.count("\0") > 0.1 * len(text):
        raise UnusableOption(
            f"{path.name} is not written in {name}.", fix="Leave the encoding out, or say another such as cp1252."
        )
    return Encoding("utf-8" if known.name in {"utf-8", "utf-8-sig"} else name)


def as_utf8(path: Path, encoding: str, target: Path) -> tuple[Path, int]:
    """Make ``target`` the same text in UTF-8 (a link where the file is that already).

    Returns
    -------
    tuple
        The path, and how many NUL characters were left out. What is no text in ``encoding`` becomes a byte that is no
        UTF-8, so that its lines are rejected.
    """
    if encoding == "utf-8":
        nul = sum(chunk.count(b"\0") for chunk in _chunks(path))
        if nul:
            with target.open("wb") as out:
                for chunk in _chunks(path):
                    out.write(chunk.replace(b"\0", b""))
            return target, nul
        # A link with a plain name: DuckDB would take * or [ in the file's own name for a pattern.
        try:
            target.symlink_to(path.resolve())
        except OSError:
            shutil.copyfile(path, target)
        return target, 0
    decoder = codecs.getincrementaldecoder(encoding)(errors="handrail.unfit")
    nul = 0
    with target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        for chunk in chain(_chunks(path), [b""]):
            text = decoder.decode(chunk, final=not chunk)
            nul += text.count("\0")
            out.write(text.replace("\0", ""))
    return target, nul


def _unfit(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _UNFIT, error.end


codecs.register_error("handrail.unfit", _unfit)


def _not_text(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} is not a table of text: it holds bytes that no text file holds.",
        fix=BRING,
    )


def _utf16_without_mark(head: bytes) -> str | None:
    """Tell UTF-16 by its line ends, digits and delimiters: each has a NUL beside it, and always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even + odd < max(2, 0.02 * len(head)):
        return None
    name = "utf-16-le" if odd > 20 * even else "utf-16-be" if even > 20 * odd else None
    if name is None:
        return None
    text = head[: len(head) // 2 * 2].decode(name, errors="replace")
    strange = sum(not (c.isprintable() or c.isspace()) or c == "\ufffd" for c in text)
    return name if strange <= 0.02 * len(text) and re.search(r"[\n\r]", text) else None


def _refuse_binary(path: Path, head: bytes) -> None:
    # A stray control character is a blemish, many are machine code.
    if len(_CONTROL.findall(head)) > max(16, 0.03 * len(head)) or head.count(0) > max(4, 0.1 * len(head)):
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
        if chunk.isascii() and not decoder.getstate()[0]:
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
