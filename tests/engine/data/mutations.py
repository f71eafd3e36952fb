"""Tables as programs write them, each damaged in one way, with what stood in every line before."""

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field

WORDS = (
    "red",
    "Köln",
    "naïve",
    "a b",
    "don't",
    "12 o'clock",
    "x;y",
    "1,5",
    'say "hi"',
    "tab\there",
    "pipe|d",
    "-",
    "NA",
)
QUOTED = ("two\nlines", "two\r\nlines", 'a "q" b', ", ;|\t", "", " padded ")
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252")


@dataclass
class Written:
    """A file: its lines (records with their ends), what the records hold, and which of them are no longer as they were.

    ``own`` holds, per line, the cells of a row, or None for what is no row. ``touched`` holds positions of lines.
    """

    names: list[str]
    lines: list[str]
    own: list[list[str] | None]
    delimiter: str
    end: str
    encoding: str
    damage: str = "none"
    touched: set[int] = field(default_factory=set)
    content: bytes = b""


def written(seed: int) -> Written:
    """Return the file of that seed."""
    rng = random.Random(seed)  # noqa: S311 - not a secret
    made = _table(rng)
    damage = rng.choice(DAMAGES)
    made.damage = damage.__name__
    damage(rng, made)
    if not made.content:
        made.content = "".join(made.lines).encode(made.encoding)
    return made


def _table(rng: random.Random) -> Written:
    columns, rows = rng.randint(2, 7), rng.randint(3, 40)
    kinds = ["key", *(rng.choice(["whole", "number", "word", "quoted", "date"]) for _ in range(columns - 1))]
    names = [f"{rng.choice(['name', 'größe', 'Wert', 'c'])} {i}" for i in range(columns)]
    delimiter, end = rng.choice(",;\t|"), rng.choice(["\n", "\n", "\r\n", "\r"])
    body = [[_cell(rng, kind, i) for kind in kinds] for i in range(rows)]
    # The writer leaves a line feed bare where lines end with a carriage return.
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]) if end != "\r" else csv.QUOTE_ALL
    lines = []
    for record in [names, *body]:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerow(record)
        lines.append(out.getvalue())
    return Written(names, lines, [None, *body], delimiter, end, rng.choice(ENCODINGS))


def _cell(rng: random.Random, kind: str, row: int) -> str:
    made: dict[str, Callable[[], str]] = {
        "key": lambda: f"row{row}",
        "whole": lambda: str(rng.randint(-50, 5000)),
        "number": lambda: f"{rng.uniform(-5, 500):.2f}",
        "word": lambda: rng.choice(WORDS),
        "quoted": lambda: rng.choice(QUOTED),
        "date": lambda: f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    }
    return made[kind]()


def _some_row(rng: random.Random, made: Written) -> int:
    at = rng.randrange(1, len(made.lines))
    made.touched.add(at)
    return at


def nothing(rng: random.Random, made: Written) -> None:
    if rng.random() < 0.5:
        made.lines[-1] = made.lines[-1].removesuffix(made.end)


def a_field_more(rng: random.Random, made: Written) -> None:
    for _ in range(rng.randint(1, 2)):
        at = _some_row(rng, made)
        made.lines[at] = made.lines[at].removesuffix(made.end) + made.delimiter + "more" + made.end


def a_field_less(rng: random.Random, made: Written) -> None:
    at = _some_row(rng, made)
    made.lines[at] = made.delimiter.join("x" * (len(made.names) - 1)) + made.end


def a_stray_quote(rng: random.Random, made: Written) -> None:
    at = _some_row(rng, made)
    place = rng.randrange(len(made.lines[at]))
    made.lines[at] = made.lines[at][:place] + '"' + made.lines[at][place:]


def a_lost_sign(rng: random.Random, made: Written) -> None:
    at = _some_row(rng, made)
    place = rng.randrange(len(made.lines[at]))
    gone = made.lines[at][place]
    made.lines[at] = made.lines[at][:place] + made.lines[at][place + 1 :]
    if gone in "\r\n":
        made.touched.add(at + 1)


def other_line_ends(rng: random.Random, made: Written) -> None:
    for at, line in enumerate(made.lines):
        made.lines[at] = line.removesuffix(made.end) + rng.choice(["\n", "\r\n", "\r"])


def blank_lines(rng: random.Random, made: Written) -> None:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(made.lines) + 1)
        made.lines.insert(at, made.end)
        made.own.insert(at, None)


def a_title(rng: random.Random, made: Written) -> None:
    title = ["Report of May", 'Report "of" May', "# made on 2024-05-01"]
    above = [rng.choice(title) + made.end, *([made.end] if rng.random() < 0.5 else [])]
    made.lines[:0] = above
    made.own[:0] = [None] * len(above)


def totals(rng: random.Random, made: Written) -> None:
    made.lines.append(made.delimiter.join(["Total", *(["12"] * (len(made.names) - 1))]) + made.end)
    made.own.append(None)
    made.touched.add(len(made.lines) - 1)


def a_comment(rng: random.Random, made: Written) -> None:
    at = rng.randrange(1, len(made.lines))
    made.lines.insert(at, "# checked" + made.end)
    made.own.insert(at, None)
    made.touched.add(at)


def closing_delimiters(rng: random.Random, made: Written) -> None:
    made.lines = [line.removesuffix(made.end) + made.delimiter + made.end for line in made.lines]


def cut_off(rng: random.Random, made: Written) -> None:
    whole = "".join(made.lines).encode(made.encoding)
    first = len(made.lines[0].encode(made.encoding))
    kept = whole[: rng.randint(min(first + 1, len(whole)), len(whole))]
    done = 0
    for at in range(len(made.lines)):
        done = len("".join(made.lines[: at + 1]).encode(made.encoding))
        if done > len(kept):
            made.touched |= set(range(at, len(made.lines)))
            break
    made.content = kept


def another_byte(rng: random.Random, made: Written) -> None:
    """One byte of one row is another one: any."""
    at = _some_row(rng, made)
    before = len("".join(made.lines[:at]).encode(made.encoding))
    until = len("".join(made.lines[: at + 1]).encode(made.encoding))
    content = bytearray("".join(made.lines).encode(made.encoding))
    place = rng.randrange(before, until)
    content[place] = rng.randrange(256)
    if place >= until - 2 * len(made.end.encode("utf-16-le")):
        made.touched.add(at + 1)
    made.content = bytes(content)


def a_nul(rng: random.Random, made: Written) -> None:
    at = _some_row(rng, made)
    made.lines[at] = "\0" + made.lines[at]


DAMAGES = (
    *(nothing, nothing, a_field_more, a_field_less, a_stray_quote, a_lost_sign, other_line_ends, blank_lines, a_title),
    *(totals, a_comment, closing_delimiters, cut_off, another_byte, a_nul),
)
