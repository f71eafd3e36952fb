"""Files made to break their reader; each is small on disk and built in a moment."""

import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
BOOK = f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'
RELATIONS = (
    f'{XML}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{REL}/worksheet"'
    f' Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{REL}/sharedStrings"'
    ' Target="sharedStrings.xml"/></Relationships>'
)
ROOT = (
    f'{XML}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{REL}/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>'
)
LAUGHS = "<!DOCTYPE workbook [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
)
ODS_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
MANIFEST = f'{XML}<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
GIGABYTE = 1_000_000_000

Content = tuple[bytes, int, int]  # deflated, the size it says it has, its check sum


def text(content: str) -> Content:
    raw = content.encode()
    return zlib.compress(raw, 9, -15), len(raw), zlib.crc32(raw)


def repeated(before: str, unit: str, size: int, after: str, *, said: int | None = None) -> Content:
    """Deflate ``before``, then ``unit`` to about ``size`` bytes, then ``after``, never holding more than a part."""
    block = unit.encode() * max(1, (1 << 20) // len(unit))
    count = size // len(block)
    parts = []
    for part, last in ((before.encode(), False), (block, False), (after.encode(), True)):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        parts.append(packer.compress(part) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH))
    true = len(before) + count * len(block) + len(after)
    return parts[0] + parts[1] * count + parts[2], true if said is None else said, 0


def archive(path: Path, members: list[tuple[str, Content]]) -> None:
    """Write a zip archive that says of its members whatever it is told to."""
    body, directory = bytearray(), bytearray()
    for name, (content, size, crc) in members:
        title = name.encode()
        head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(content), size & 0xFFFFFFFF, len(title), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + title
        body += b"PK\x03\x04" + head + title + content
    count = min(len(members), 0xFFFF)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)


def sheet(rows: str, *, before: str = "", after: str = "") -> str:
    return f'{XML}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def words(at: str, value: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(at: str, value: float) -> str:
    return f'<c r="{at}"><v>{value}</v></c>'


ROWS = f'<row r="1">{words("A1", "a")}{words("B1", "b")}</row>' + "".join(
    f'<row r="{i}">{number(f"A{i}", i)}{number(f"B{i}", i)}</row>' for i in range(2, 6)
)


def workbook(
    path: Path,
    content: Content | str,
    *,
    book: Content | str = XML + BOOK,
    more: Sequence[tuple[str, Content]] = (),
) -> None:
    """Write an Excel workbook with one sheet and ``more`` members."""
    members = {"_rels/.rels": ROOT, "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": RELATIONS}
    members["xl/worksheets/sheet1.xml"] = content
    own = [(name, text(given) if isinstance(given, str) else given) for name, given in members.items()]
    archive(path, [*more, *own])


def ods(path: Path, table: str, *, manifest: str | None = None) -> None:
    """Write an OpenDocument workbook with one sheet."""
    content = (
        f"{XML}<office:document-content {ODS_NAMES}><office:body><office:spreadsheet>"
        f'<table:table table:name="A">{table}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    plain = (zlib.compress(kind.encode(), 0, -15), len(kind), zlib.crc32(kind.encode()))
    archive(
        path,
        [("mimetype", plain), ("META-INF/manifest.xml", text(manifest or MANIFEST)), ("content.xml", text(content))],
    )


def _zip_bomb(path: Path) -> None:
    workbook(path, repeated(sheet(ROWS).removesuffix("</worksheet>"), " " * 64, 3 * GIGABYTE, "</worksheet>"))


def _lying_size(path: Path) -> None:
    true = sheet(ROWS).removesuffix("</worksheet>")
    workbook(path, repeated(true, " " * 64, 2 * GIGABYTE, "</worksheet>", said=len(true)))


def _lying_shared_strings(path: Path) -> None:
    start = f'{XML}<sst xmlns="{MAIN}" uniqueCount="4294967295">'
    workbook(
        path,
        sheet(ROWS),
        more=[("xl/sharedStrings.xml", repeated(start, "<si><t/></si>", GIGABYTE, "</sst>", said=500))],
    )


def _shared_strings(path: Path) -> None:
    start = f'{XML}<sst xmlns="{MAIN}" uniqueCount="4294967295">'
    workbook(path, sheet(ROWS), more=[("xl/sharedStrings.xml", repeated(start, "<si><t/></si>", GIGABYTE, "</sst>"))])


def _shared_places(path: Path) -> None:
    """A thousand members that are one and the same place in the file."""
    content = repeated("", "x" * 64, GIGABYTE // 100, "")
    workbook(path, content)
    whole = path.read_bytes()
    start = whole.index(b"PK\x01\x02", len(content[0]))
    entry = whole[whole.rindex(b"PK\x01\x02") : whole.rindex(b"PK\x05\x06")]
    directory = whole[start : whole.rindex(b"PK\x05\x06")] + entry * 1000
    end = struct.pack("<HHHHIIH", 0, 0, 1004, 1004, len(directory), start, 0)
    path.write_bytes(whole[:start] + directory + b"PK\x05\x06" + end)


def _many_members(path: Path) -> None:
    empty = text("")
    archive(path, [("xl/workbook.xml", text(XML + BOOK)), *((f"xl/{i}", empty) for i in range(100_000))])


def _laughing_sheet(path: Path) -> None:
    workbook(path, XML + LAUGHS + sheet(ROWS.replace(">a<", ">&a11;<")).removeprefix(XML))


def _laughing_book(path: Path) -> None:
    workbook(path, sheet(ROWS), book=XML + LAUGHS + BOOK.replace('name="A"', 'name="&a11;"'))


def _laughing_in_utf16(path: Path) -> None:
    book = '<?xml version="1.0" encoding="UTF-16"?>' + LAUGHS + BOOK.replace('name="A"', 'name="&a11;"')
    raw = book.encode("utf-16")
    workbook(path, sheet(ROWS), book=(zlib.compress(raw, 9, -15), len(raw), zlib.crc32(raw)))


def _far_corner(path: Path) -> None:
    workbook(path, sheet(ROWS + f'<row r="1048576">{number("XFD1048576", 1)}</row>'))


def _deep_sheet(path: Path) -> None:
    workbook(path, repeated(sheet(ROWS).removesuffix("</worksheet>"), "<x>", 19_000_000, ""))


def _deep_book(path: Path) -> None:
    workbook(path, sheet(ROWS), book=repeated(XML + BOOK.removesuffix("</workbook>"), "<x>", 19_000_000, ""))


def _endless_tags(path: Path) -> None:
    workbook(path, repeated(sheet(ROWS).removesuffix("</worksheet>"), '<c r="A1" t="e" ', 19_000_000, ""))


def _merged_without_end(path: Path) -> None:
    merged = "".join(f'<mergeCell ref="A{i}:A1048576"/>' for i in range(2, 60_000))
    far = f'<row r="1048576">{number("A1048576", 1)}</row>'
    workbook(path, sheet(ROWS + far, after=f"<mergeCells>{merged}</mergeCells>"))


def _repeated_cells(path: Path) -> None:
    value = 'office:value-type="float" office:value="1"'
    ods(
        path,
        f'<table:table-row table:number-rows-repeated="1048576"><table:table-cell {value}'
        ' table:number-columns-repeated="16384"/></table:table-row>',
    )


def _repeated_words(path: Path) -> None:
    ods(
        path,
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="string"'
        f' table:number-columns-repeated="16"><text:p>{"x" * 100_000}</text:p></table:table-cell></table:table-row>',
    )


def _old_excel(path: Path) -> None:
    """An OLE2 header that says its tables take all there is."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 0xFFFFFFF0, 0, 0, 4096, 0, 0xFFFFFFF0, 0, 0xFFFFFFF0)
    path.write_bytes(head.ljust(512, b"\0") + "Workbook".encode("utf-16-le").ljust(4096, b"\0"))


def _one_value(path: Path) -> None:
    value = pa.array(["x" * 100_000]).take(pa.array([0] * 3000))
    pq.write_table(pa.table({"v": value, "w": [1] * 3000}), path, compression="zstd")


def _many_rows(path: Path) -> None:
    schema = pa.schema([("v", pa.int64()), ("w", pa.int64())])
    zeros = pa.table([pa.repeat(pa.scalar(0), 3_000_000)] * 2, schema=schema)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for _ in range(5):
            writer.write_table(zeros)


def _lying_page(path: Path) -> None:
    """The header of a page says that 2 GB come out of it."""
    pq.write_table(pa.table({"v": ["a" * 50], "w": ["b" * 50]}), path, compression="zstd", use_dictionary=False)
    content = path.read_bytes()
    # Thrift: field 1 is the kind of page, field 2 (0x15) its size when unpacked, a zigzag number.
    at = content.index(b"\x15\x00\x15", 4) + 3
    length = next(i for i in range(1, 5) if content[at + i - 1] < 0x80)
    path.write_bytes(content[:at] + b"\xfe\xff\xff\xff\x0f" + content[at + length :])


EXCEL: dict[str, Callable[[Path], None]] = {
    "zip bomb": _zip_bomb,
    "size that lies": _lying_size,
    "shared strings": _shared_strings,
    "shared strings that lie": _lying_shared_strings,
    "members in one place": _shared_places,
    "100,000 members": _many_members,
    "entities in a sheet": _laughing_sheet,
    "entities in the workbook": _laughing_book,
    "entities in UTF-16": _laughing_in_utf16,
    "a cell in the far corner": _far_corner,
    "deeply nested sheet": _deep_sheet,
    "deeply nested workbook": _deep_book,
    "tags that never end": _endless_tags,
    "merged without end": _merged_without_end,
    "cells repeated": _repeated_cells,
    "long words repeated": _repeated_words,
    "old Excel that lies": _old_excel,
}
PARQUET: dict[str, Callable[[Path], None]] = {
    "one long value": _one_value,
    "many equal rows": _many_rows,
    "page that lies": _lying_page,
}
