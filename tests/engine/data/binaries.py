"""Workbooks in Excel's two binary forms, as small as they can be: nothing installed here writes them."""

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

Rows = Sequence[Sequence[str | float]]
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PKG = "http://schemas.openxmlformats.org/package/2006"
_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def xlsb(path: Path, rows: Rows) -> Path:
    """Write an Excel Binary Workbook (BIFF12 in a zip archive) with one sheet."""
    book = _long(131) + _long(143) + _long(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Sales"))
    sheet = _long(129) + _long(148, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + _long(145)
    for number, row in enumerate(rows):
        sheet += _long(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
        for column, value in enumerate(row):
            at = struct.pack("<II", column, 0)
            words = isinstance(value, str)
            sheet += _long(6, at + _wide(str(value))) if words else _long(5, at + struct.pack("<d", value))
    relation = f'<Relationship Id="rId1" Type="{_REL}/worksheet" Target="worksheets/sheet1.bin"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<?xml version="1.0"?><Types xmlns="{_PKG}/content-types"/>')
        archive.writestr("xl/workbook.bin", book + _long(144) + _long(132))
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<?xml version="1.0"?><Relationships xmlns="{_PKG}/relationships">{relation}</Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.bin", sheet + _long(146) + _long(130))
    return path


def xls(path: Path, rows: Rows) -> Path:
    """Write a workbook of Excel 97 to 2003 (BIFF8 in an OLE2 file) with one sheet."""
    cells = b""
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            at = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                cells += _short(0x0204, at + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                cells += _short(0x0203, at + struct.pack("<d", value))
    size = _short(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    sheet = _short(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6)) + size + cells + _short(0x000A)
    begin = _short(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 6))
    named = struct.pack("<HBB", 0, 5, 0) + b"Sales"
    after = len(begin) + len(_short(0x0085, bytes(4) + named)) + len(_short(0x000A))
    book = begin + _short(0x0085, struct.pack("<I", after) + named) + _short(0x000A) + sheet
    path.write_bytes(_ole2("Workbook", book.ljust(4096, b"\0")))
    return path


def _short(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _long(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    size, length = len(body), b""
    while True:
        length += bytes([size & 127 | (128 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + length + body


def _wide(words: str) -> bytes:
    return struct.pack("<I", len(words)) + words.encode("utf-16-le")


def _ole2(name: str, content: bytes) -> bytes:
    """Return an OLE2 file with one stream of at least 4,096 bytes: sector 0 lists the sectors, 1 is the directory."""
    sectors = -(-len(content) // _SECTOR)
    chain = [_FAT, _END, *range(3, sectors + 2), _END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<I", 0) + b"\xff" * (4 * 108)
    root = _entry("Root Entry", kind=5, child=1, first=_END, size=0)
    stream = _entry(name, kind=2, child=_FREE, first=2, size=len(content))
    return head + table + (root + stream).ljust(_SECTOR, b"\0") + content.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, *, kind: int, child: int, first: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    entry = wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, _FREE, _FREE, child)
    return (entry + bytes(36) + struct.pack("<IQ", first, size)).ljust(128, b"\0")
