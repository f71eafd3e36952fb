"""A workbook as the zip archive it is: whether its sizes are honest, and what only its XML tells about the sheets."""

import html
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from engine.data.limits import MEGABYTE, Damaged
from engine.data.markup import Facts, read_ods, read_xlsx, refuse_entities
from engine.errors import UnreadableFile

_CHUNK = 1 << 20
# Sheets of nothing but zeros pack 250 to 1 at most; deflate cannot do more than 1,032 to 1.
_MOST_PACKED = 300
_SMALL = 20 * MEGABYTE  # less than this does no harm, however packed
_LONGEST_DIRECTORY = 4 * MEGABYTE  # some 50,000 members
_LONGEST_END = 65_557  # bytes, with the longest comment
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Package:
    """What the archive tells.

    Attributes
    ----------
    unpacked : int
        Bytes of everything in it, counted, not believed.
    facts : dict
        Of each sheet, by name; of binary workbooks nothing is known.
    from_1904 : bool
        Whether days are counted from 1904.
    leaves_calculating : bool
        Whether its writer left calculating the formulas to the program that opens it.
    """

    unpacked: int = 0
    facts: dict[str, Facts] = field(default_factory=dict)
    from_1904: bool = False
    leaves_calculating: bool = False


def inspect(path: Path, limit_bytes: int) -> Package:
    """Read the whole archive once, keeping nothing.

    Raises
    ------
    UnreadableFile
        If it unpacks to more than ``limit_bytes`` or to far more than a workbook of its size should, or has a password.
    Damaged
        If it is no archive, or its sizes are not what it says.
    """
    _refuse_crowd(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(path, archive, limit_bytes)
            return _inspected(path, archive)
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, NotImplementedError, ValueError) as error:
        raise Damaged from error


def _refuse_crowd(path: Path) -> None:
    """Refuse a directory so long that reading it alone takes seconds, by what its end says of its length."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_END))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at >= 0 and len(end) >= at + 16 and int.from_bytes(end[at + 12 : at + 16], "little") > _LONGEST_DIRECTORY:
        raise Damaged


def _refuse_bomb(path: Path, archive: zipfile.ZipFile, limit_bytes: int) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > limit_bytes:
        raise UnreadableFile(
            f"{path.name} unpacks to {unpacked / 1e6:,.0f} MB; at most {limit_bytes / 1e6:,.0f} MB are read.",
            fix="Save the sheet you need as CSV or Parquet.",
        )
    size = path.stat().st_size
    if unpacked > max(_SMALL, _MOST_PACKED * size):
        raise UnreadableFile(
            f"{path.name} has {size / 1e6:,.1f} MB and unpacks to {unpacked / 1e6:,.0f} MB: no table does that.",
            fix="Open it in a spreadsheet program, save only the table as CSV, and bring that.",
        )


def _inspected(path: Path, archive: zipfile.ZipFile) -> Package:
    package = Package()
    sheets = _sheets(archive, package)
    for member in archive.infolist():
        chunks = _honest(path, archive, member, package)
        if member.filename == "content.xml":
            read_ods(chunks, lambda name: package.facts.setdefault(html.unescape(name.decode("utf-8")), Facts()))
        elif member.filename in sheets:
            read_xlsx(chunks, package.facts.setdefault(sheets[member.filename], Facts()))
        else:
            for _ in chunks:
                pass
    return package


def _honest(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, package: Package) -> Iterator[bytes]:
    """Yield what a member holds; stop at the first byte beyond the size it says."""
    if member.flag_bits & 1:
        raise protected(path)
    said = member.file_size
    member.file_size = said + 1  # else zipfile itself would stop there and not say so
    found = 0
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            found += len(chunk)
            if found > said:
                raise Damaged
            if found == len(chunk):  # the beginning; what is declared later is no declaration
                refuse_entities(chunk)
            if member.filename == "META-INF/manifest.xml" and b"encryption-data" in chunk:
                raise protected(path)
            yield chunk
    if found != said:
        raise Damaged
    package.unpacked += found


def protected(path: Path) -> UnreadableFile:
    """Return the refusal of a workbook with a password."""
    return UnreadableFile(
        f"{path.name} is protected with a password.",
        fix="Open it in Excel, remove the password (File, Info, Protect Workbook) and save it again.",
    )


def _sheets(archive: zipfile.ZipFile, package: Package) -> dict[str, str]:
    """Return which member of the archive holds which sheet of an Excel workbook."""
    book = _tree(archive, "xl/workbook.xml")
    relations = _tree(archive, "xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return {}
    for element in book.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "workbookPr":
            package.from_1904 = element.get("date1904") in {"1", "true"}
        elif tag == "calcPr":
            package.leaves_calculating = element.get("fullCalcOnLoad") in {"1", "true"}
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    return {
        posixpath.normpath(posixpath.join("/xl", targets.get(element.get(_RELATION), ""))).lstrip("/"): name
        for element in book.iter()
        if element.tag.endswith("}sheet") and (name := element.get("name"))
    }


def _tree(archive: zipfile.ZipFile, name: str) -> ElementTree.Element | None:
    if name not in archive.namelist():
        return None
    content = archive.read(name)
    refuse_entities(content)
    return ElementTree.fromstring(content)  # noqa: S314 - no entities, and the process is confined
