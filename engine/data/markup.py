"""What calamine does not tell of a sheet, gathered from its XML as it streams by."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.data.limits import Damaged

NAMED = 3  # cells that are told by their address
_LONGEST_CELL = 4_000_000

_ROW_HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"')
_COLUMN_HIDDEN = re.compile(rb'<(?:\w+:)?col\s[^>]*?\bhidden="(?:1|true)"')
_FAILED = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3}\d+)"[^>]*?\bt="e"')
_NOT_CALCULATED = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3}\d+)"[^>]*>\s*'
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</"
)

_ODS_TABLE = re.compile(rb"(?=<table:table\s)")
_ODS_NAME = re.compile(rb'<table:table\s[^>]*?table:name="([^"]*)"')
_ODS_ROW_HIDDEN = re.compile(rb'<table:table-row\s[^>]*?table:visibility="(?:collapse|filter)"[^>]*>')
_ODS_COLUMN_HIDDEN = re.compile(rb'<table:table-column\s[^>]*?table:visibility="(?:collapse|filter)"[^>]*>')
_ODS_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="(\d{1,7})"')
_ODS_FORMULA = re.compile(rb"<table:table-cell\s[^>]*?table:formula=[^>]*>")
_ODS_MERGED = re.compile(rb'table:number-(?:rows|columns)-spanned="(?:[2-9]|[1-9]\d+)"')


@dataclass
class Cells:
    """How many cells have something in common, and the addresses of the first few."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, addresses: list[bytes]) -> None:
        """Count cells by their addresses."""
        self.count += len(addresses)
        self.first += [address.decode("ascii") for address in addresses[: NAMED - len(self.first)]]


@dataclass
class Facts:
    """Counts over one sheet."""

    filled: int = 0
    failed: Cells = field(default_factory=Cells)
    uncalculated: Cells = field(default_factory=Cells)
    formulas: int = 0
    zero_formulas: int = 0
    hidden_rows: int = 0
    hidden_columns: int = 0
    merged: int = 0  # ODS only: calamine tells it of the others


def refuse_entities(beginning: bytes) -> None:
    """Refuse XML that declares a document type: no spreadsheet program does, and entities grow without end.

    Raises
    ------
    Damaged
        If there is such a declaration.
    """
    if b"<!DOCTYPE" in beginning or b"<!ENTITY" in beginning:
        raise Damaged


def read_xlsx(chunks: Iterable[bytes], facts: Facts) -> None:
    """Add what the XML of one Excel sheet tells to ``facts``."""
    for part in _whole(chunks, (b"</c>", b":c>")):
        facts.filled += (part.count(b"</v>") or part.count(b":v>") // 2) + part.count(b"</is>")
        if b't="e"' in part:
            facts.failed.add(_FAILED.findall(part))
        if b"<f" in part or b":f" in part:
            facts.uncalculated.add(_NOT_CALCULATED.findall(part))
            facts.formulas += part.count(b"</f>")
            facts.zero_formulas += part.count(b"</f><v>0</v>")
        if b'hidden="' in part:
            facts.hidden_rows += len(_ROW_HIDDEN.findall(part))
            facts.hidden_columns += len(_COLUMN_HIDDEN.findall(part))


def read_ods(chunks: Iterable[bytes], begin: Callable[[bytes], Facts]) -> None:
    """Add what ``content.xml`` tells of each of its sheets to the facts that ``begin`` returns for the sheet's name."""
    facts = Facts()  # of what stands above the first sheet
    for whole in _whole(chunks, (b">",)):
        for part in _ODS_TABLE.split(whole):
            named = _ODS_NAME.match(part)
            if named:
                facts = begin(named[1])
            facts.filled += part.count(b"office:value-type=")
            facts.failed.count += part.count(b'calcext:value-type="error"')
            facts.merged += len(_ODS_MERGED.findall(part)) if b"-spanned=" in part else 0
            if b"table:formula=" in part:
                bare = [cell for cell in _ODS_FORMULA.findall(part) if b"office:value-type=" not in cell]
                facts.uncalculated.count += len(bare)
            if b"table:visibility=" in part:
                facts.hidden_rows += _repeated(_ODS_ROW_HIDDEN.findall(part))
                facts.hidden_columns += _repeated(_ODS_COLUMN_HIDDEN.findall(part))


def _repeated(tags: Iterable[bytes]) -> int:
    return sum(int(times[1]) if (times := _ODS_REPEATED.search(tag)) else 1 for tag in tags)


def _whole(chunks: Iterable[bytes], ends: tuple[bytes, ...]) -> Iterable[bytes]:
    """Yield the chunks cut anew, so that each ends where one of ``ends`` does."""
    rest = b""
    for chunk in chunks:
        held = rest + chunk
        cut = max(held.rfind(end) + len(end) if end in held else 0 for end in ends)
        yield held[:cut]
        rest = held[cut:] if len(held) - cut < _LONGEST_CELL else b""
    yield rest
