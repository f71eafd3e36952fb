"""Line ends of a UTF-8 text: DuckDB wants one kind throughout, and says nothing where there are two."""

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 1 << 20


def mixed(path: Path) -> bool:
    """Whether more than one kind of line end stands in a file, be it within quotation marks."""
    returns = feeds = both = 0
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            feeds += chunk.count(b"\n")
            found = chunk.count(b"\r")
            if found or last == b"\r":
                returns += found
                both += (last + chunk).count(b"\r\n")
            last = chunk[-1:]
    return bool(returns) and bool(feeds) and not returns == feeds == both


def evened(path: Path, target: Path, *, delimiter: str, quote: str, escape: str) -> Path:
    """Make ``target`` the same text with every line end that is not part of a quoted value turned into a line feed."""
    with mapped(path) as view, target.open("wb") as out:
        at = 0
        for match in _pattern(delimiter, quote, escape).finditer(view):
            if view[match.start()] == ord("\r"):
                out.write(view[at : match.start()] + b"\n")
                at = match.end()
        out.write(view[at:])
    return target


def flattened(path: Path, target: Path) -> Path:
    """Make ``target`` the same text with every line end turned into a line feed, also those within values."""
    with mapped(path) as view, target.open("wb") as out:
        at = 0
        for match in re.finditer(rb"\r\n?", view):
            out.write(view[at : match.start()] + b"\n")
            at = match.end()
        out.write(view[at:])
    return target


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """Look at a file that holds something as if it were in memory."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        yield view


def _pattern(delimiter: str, quote: str, escape: str) -> "re.Pattern[bytes]":
    """Match a value in quotation marks that is properly opened and closed, or a line end with a carriage return."""
    if not quote:
        return re.compile(rb"\r\n?")
    d, q = re.escape(delimiter.encode()), re.escape(quote.encode())
    inner = rb"[^%b]*(?:%b%b[^%b]*)*" % (q, q, q, q)
    if escape == "\\":
        inner = rb"[^%b\\]*(?:\\.[^%b\\]*)*" % (q, q)
    return re.compile(
        rb"(?:\A|(?<=\xef\xbb\xbf)|(?<=[\r\n])|(?<=%b))%b%b%b(?=%b|[\r\n]|\Z)|\r\n?" % (d, q, inner, q, d), re.DOTALL
    )
