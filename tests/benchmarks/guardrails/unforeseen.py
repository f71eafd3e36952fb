"""Leaks that nobody had in mind when the guardrails were written, as a stranger would try them."""

from functools import partial

import numpy as np
import pandas as pd

from tests.benchmarks.guardrails import planted
from tests.benchmarks.guardrails.planted import COPY, GAPS, ORDER, STRONG, Kind, Leak
from tests.benchmarks.guardrails.tables import Known

UNFORESEEN: list[Kind] = []
START = pd.Timestamp("2021-01-01")
kind = partial(planted.kind, among=UNFORESEEN)


def _with(known: Known, **columns: object) -> Leak:
    return Leak(known.frame.assign(**columns), tuple(columns))


def _positive(known: Known) -> np.ndarray:
    return known.y if known.y.min() > 0 else known.y - known.y.min() + 1


def _classes(known: Known) -> int:
    return len(np.unique(known.y))


@kind("answer of the next row", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    order = r.permutation(len(k.y))
    frame = k.frame.iloc[order].drop(columns=[c for c in ("instant", "dteday") if c in k.frame]).reset_index(drop=True)
    return Leak(frame.assign(later=frame[k.target].shift(-1)), ("later",))


@kind("text with three wrong rows in a hundred", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    wrong = r.random(len(k.y)) < 0.03
    shown = np.where(wrong, r.permutation(k.y), k.y).astype(int)
    return _with(k, remark=np.array([f"was {'QXBMRTZAKW'[v]}" for v in shown], dtype=object))


@kind("answer in the decimals", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    share = np.argsort(np.argsort(k.y, kind="stable")) / (len(k.y) + 1) if k.regression else (k.y + 1) / 20
    return _with(k, amount=np.round(r.integers(10, 5_000, len(k.y)) + share, 3))


@kind("month tells the answer", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    kinds = _classes(k)
    if k.regression or kinds > 6:
        return None
    month = (k.y + kinds * r.integers(0, 12 // kinds, len(k.y))).astype(int) + 1
    years, days = r.integers(2015, 2023, len(k.y)), r.integers(1, 28, len(k.y))
    return _with(k, visited=pd.to_datetime(pd.DataFrame({"year": years, "month": month, "day": days})))


@kind("answer in several spellings", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    ways = [[f"State {c}", f"state {c}", f"STATE {c}", f"st. {c}"] for c in "QXBMRTZAKW"]
    return _with(k, state=np.array([ways[int(v)][r.integers(4)] for v in k.y], dtype=object))


@kind("three added, a fourth taken off", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    a, b, c = (np.round(r.normal(0, 3 * k.y.std(), len(k.y)), 3) for _ in range(3))
    return _with(k, a=a, b=b, c=c, d=a + b + c - k.y)


@kind("number that starts again for each class", STRONG | ORDER)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression or k.binary is False or not 0.05 < k.y.mean() < 0.35:
        return None
    number = np.empty(len(k.y))
    for value in np.unique(k.y):
        here = k.y == value
        number[here] = r.permutation(int(here.sum())) + 1
    return _with(k, no=number)


@kind("filled in at the event", GAPS)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    filled = r.random(len(k.y)) < np.where(k.y == 1, 0.9, 0.01)
    days = pd.to_timedelta(r.integers(0, 700, len(k.y)), unit="D")
    return _with(k, seen=pd.Series(START + days).where(pd.Series(filled)))


def _customers(k: Known, r: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    member = r.integers(len(k.y) // 4, size=len(k.y))
    return member, np.array([f"C{i:05d}" for i in member], dtype=object)


@kind("mean answer of the customer", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    member, names = _customers(k, r)
    means = (np.bincount(member, weights=k.y) / np.maximum(1, np.bincount(member)))[member]
    return Leak(k.frame.assign(customer_id=names, usual=means.round(3)), ("usual",))


@kind("mean answer of the customer's other rows", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    member, names = _customers(k, r)
    rows, sums = np.bincount(member)[member], np.bincount(member, weights=k.y)[member]
    others = np.where(rows > 1, (sums - k.y) / np.maximum(1, rows - 1), k.y.mean())
    return Leak(k.frame.assign(customer_id=names, usual=others.round(4)), ("usual",))


@kind("mean answer of each value", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    place = r.integers(40, size=len(k.y))
    means = (np.bincount(place, weights=k.y, minlength=40) / np.maximum(1, np.bincount(place, minlength=40)))[place]
    names = np.array([f"town {i}" for i in place], dtype=object)
    return Leak(k.frame.assign(town=names, town_enc=means), ("town_enc",))


@kind("copy in a part of the rows", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    part = r.integers(3, size=len(k.y))
    values = np.where(part == 1, k.y, r.permutation(k.y))
    names = np.array(["north", "south", "west"], dtype=object)[part]
    return Leak(k.frame.assign(region=names, level=values), ("region", "level"))


@kind("answer in the remainder", STRONG | ORDER)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    return None if k.regression else _with(k, number=13.0 * r.integers(100, 90_000, len(k.y)) + k.y)


@kind("answer in upper and lower case", STRONG | ORDER)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    words = np.array([f"ref{i:x}" for i in r.integers(1 << 24, size=len(k.y))], dtype=object)
    return _with(k, ref=np.array([w.upper() if v == 1 else w for w, v in zip(words, k.y, strict=True)], dtype=object))


@kind("answer in the number of words", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    vocabulary = ["a", "call", "from", "invoice", "parcel", "very", "customer", "it", "broken", "reply"]
    notes = [" ".join(r.choice(vocabulary, 3 + 2 * int(v) + int(r.integers(2)))) for v in k.y]
    return _with(k, note=np.array(notes, dtype=object))


@kind("one column for each class", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression or k.binary:
        return None
    kinds = np.unique(k.y)
    return _with(k, **{f"is_{int(v)}": (k.y == v).astype(float) for v in kinds[:3]})


@kind("days between two dates", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    began = START + pd.to_timedelta(r.integers(0, 1_500, len(k.y)), unit="D")
    length = k.y if k.regression else 10 * k.y + r.integers(0, 5, len(k.y))
    return _with(k, opened=began, left=began + pd.to_timedelta(length.round(), unit="D"))


@kind("clipped copy", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    return _with(k, capped=np.minimum(k.y, np.quantile(k.y, 0.8))) if k.regression else None


@kind("answer in tenths", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    return _with(k, band=pd.qcut(k.y, 10, labels=False, duplicates="drop").astype(float)) if k.regression else None


@kind("what an earlier model said", STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    return _with(k, p=(1 / (1 + np.exp(-(8 * (k.y - 0.5) + r.normal(0, 1.2, len(k.y)))))).round(4))


@kind("standing within the town", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.regression:
        return None
    town = r.integers(8, size=len(k.y))
    rank = pd.Series(k.y).groupby(town).rank().to_numpy()
    return Leak(k.frame.assign(town=np.array([f"t{i}" for i in town], dtype=object), place=rank), ("place",))


@kind("code with the answer's letter", STRONG | ORDER)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    codes = [f"{r.integers(100, 999)}-{'QXBMRTZAKW'[int(v)]}-{r.integers(10)}" for v in k.y]
    return _with(k, tariff=np.array(codes, dtype=object))


@kind("prediction and its error", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.regression:
        return None
    guess = (k.y.mean() + 0.4 * (k.y - k.y.mean()) + r.normal(0, k.y.std(), len(k.y))).round(2)
    return _with(k, guess=guess, error=(100 * (k.y - guess) / guess).round(6))


@kind("product of three", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    one, two = (np.exp(r.normal(0, 1, len(k.y))).round(3) + 0.01 for _ in range(2))
    return _with(k, price=one, share=two, units=_positive(k) / one / two)


def _as_they_come(k: Known, r: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows in an order that says nothing, without the columns that say another one, and their answers."""
    order = r.permutation(len(k.y))
    names = [name for name in k.frame if name not in {"instant", "dteday", "PassengerId"}]
    return k.frame.iloc[order][names].reset_index(drop=True), k.y[order]


@kind("running total", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    frame, y = _as_they_come(k, r)
    return Leak(frame.assign(so_far=np.cumsum(y)), ("so_far",))


@kind("mean of the last seven rows with this one", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    frame, y = _as_they_come(k, r)
    return Leak(frame.assign(recent=pd.Series(y).rolling(7).mean().round(4)), ("recent",))


@kind("running total of the customer", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    frame, y = _as_they_come(k, r)
    member, names = _customers(k, r)
    so_far = pd.Series(y).groupby(member).cumsum()
    return Leak(frame.assign(customer_id=names, spent=so_far.to_numpy()), ("spent",))


@kind("copy in six rows of ten", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.regression:
        return None
    return _with(k, asked=np.where(r.random(len(k.y)) < 0.6, k.y, r.permutation(k.y)))


def _towns(k: Known, r: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    town = r.integers(max(4, len(k.y) // 75), size=len(k.y))
    return town, np.array([f"town {i}" for i in town], dtype=object)


@kind("share of the town's total", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.regression:
        return None
    town, names = _towns(k, r)
    share = (100 * k.y / np.bincount(town, weights=k.y)[town]).round(5)
    return Leak(k.frame.assign(town=names, share=share), ("town", "share"))


@kind("distance from the town's mean", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.regression:
        return None
    town = r.integers(max(4, len(k.y) // 75), size=len(k.y))
    level = r.normal(0, 3 * k.y.std(), town.max() + 1).round(2)
    names = np.array([f"town {i}" for i in town], dtype=object)
    return Leak(k.frame.assign(town=names, above=(k.y - level[town]).round(3)), ("town", "above"))


@kind("amount with thousands marks", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.regression:
        return None
    marks = ["EUR", "USD", "GBP"]
    said = [f"{marks[int(r.integers(3))]} {37.5 * v + 900:,.2f}" for v in k.y]
    return _with(k, settled=np.array(said, dtype=object))


@kind("five parts that pass together", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    # Points of five exercises; those who pass have 50 or more.
    total = np.where(k.y == 1, r.uniform(50, 100, len(k.y)), r.uniform(0, 50, len(k.y)))
    parts = r.normal(0, 20, (len(k.y), 5)).round(1)
    parts[:, 4] = total - parts[:, :4].sum(axis=1)
    return _with(k, **{f"part_{i + 1}": parts[:, i] for i in range(5)})


@kind("two of three say so", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    said = np.repeat((k.y == 1)[:, None], 3, axis=1)
    other = r.integers(4, size=len(k.y))  # which of the three says otherwise, if any
    said[np.arange(len(k.y))[other < 3], other[other < 3]] ^= True
    return _with(k, **{name: np.where(said[:, i], "yes", "no") for i, name in enumerate(("ann", "bob", "cem"))})


@kind("reason given for one answer, a dash for the other", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    reasons = np.array([f"reason {i}" for i in range(30)], dtype=object)
    return _with(k, reason=np.where(k.y == 1, reasons[r.integers(30, size=len(k.y))], "-"))


@kind("blocks of rows of one answer", ORDER)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    frame, y = _as_they_come(k, r)
    chunk = np.zeros(len(y), dtype=int)
    for value in np.unique(y):
        here = np.flatnonzero(y == value)
        chunk[here] = int(value) + _classes(k) * (np.arange(len(here)) * 4 // len(here))
    return Leak(frame.iloc[np.argsort(chunk, kind="stable")].reset_index(drop=True), ())


@kind("answer in one part of a path", STRONG | ORDER)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    folders = ["/".join(f"{r.integers(1 << 20):x}" for _ in range(r.integers(1, 4))) for _ in range(len(k.y))]
    said = [f"/{f}/{'QXBMRTZAKW'[int(v)] * 3}/{r.integers(10_000)}.pdf" for f, v in zip(folders, k.y, strict=True)]
    return _with(k, file=np.array(said, dtype=object))
