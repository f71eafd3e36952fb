"""Leaks of many kinds, to be planted in a table whose answer is known."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from engine.domain.dataset import KnownWhen
from tests.benchmarks.guardrails.tables import Known

COPY, STRONG, GAPS, ORDER = frozenset({"LK001"}), frozenset({"LK002"}), frozenset({"LK003"}), frozenset({"LK004"})
AFTER, ENTITY, TIME, TWICE = (
    frozenset({"LK007"}),
    frozenset({"LK005"}),
    frozenset({"LK006"}),
    frozenset({"DA002", "LK008"}),
)


@dataclass(frozen=True, eq=False)
class Leak:
    """A table with a leak: the codes of which one must be reported, with the columns that make it."""

    frame: pd.DataFrame
    columns: tuple[str, ...]
    known: dict[str, KnownWhen] = field(default_factory=dict)


Plant = Callable[[Known, np.random.Generator], Leak | None]


@dataclass(frozen=True)
class Kind:
    """A way to plant a leak; None where it cannot be planted in a table."""

    name: str
    codes: frozenset[str]
    plant: Plant
    by_name: bool = False  # lost when columns are renamed


KINDS: list[Kind] = []


def kind(
    name: str, codes: frozenset[str], *, by_name: bool = False, among: list[Kind] = KINDS
) -> Callable[[Plant], Plant]:
    """Register a way to plant a leak."""

    def register(plant: Plant) -> Plant:
        among.append(Kind(name, codes, plant, by_name))
        return plant

    return register


def _with(known: Known, **columns: object) -> Leak:
    return Leak(known.frame.assign(**columns), tuple(columns))


def _words(values: np.ndarray, words: list[str]) -> np.ndarray:
    return np.array(words, dtype=object)[values.astype(int)]


def _hidden(known: Known, r: np.random.Generator) -> np.ndarray:
    """Noise that hides the answer: three times its spread."""
    return np.round(r.normal(0, 3 * known.y.std(), len(known.y)), 3)


def _positive(known: Known) -> np.ndarray:
    return known.y - known.y.min() + 1


@kind("copy", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    return _with(k, again=k.frame[k.target])


@kind("copy with gaps", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    return _with(k, again=k.frame[k.target].mask(r.random(len(k.y)) < 0.3))


@kind("recoding into words", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    return None if k.regression else _with(k, status=_words(k.y, [f"state {c}" for c in "QXBMRTZAKWLP"]))


@kind("code for each value", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    values, numbers = np.unique(k.y, return_inverse=True)
    codes = r.permutation(9_000)[: len(values)] + 1_000
    return _with(k, cell=np.array([f"K{code}" for code in codes], dtype=object)[numbers])


@kind("many codes for each class", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    most = max(2, len(k.y) // 400)
    return _with(k, channel=np.array([f"{'QXBMRTZAKW'[int(v)]}{r.integers(most)}" for v in k.y], dtype=object))


@kind("affine copy", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    return _with(k, scaled=100 - 2.5 * k.y)


@kind("rounded copy", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    step = k.y.std() / 4 if k.regression else 0.1
    return _with(k, about=np.round((k.y if k.regression else k.y + r.uniform(-0.3, 0.3, len(k.y))) / step) * step)


@kind("monotone copy", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    return _with(k, curve=np.round(np.log(_positive(k)), 6))


@kind("date that counts the answer", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    return _with(k, stamp=pd.Timestamp("2019-03-01") + pd.to_timedelta(k.y.astype(int), unit="D"))


@kind("sum of two", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    one = _hidden(k, r)
    return _with(k, part_a=one, part_b=k.y - one)


@kind("sum of two, rounded", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.regression:
        return None
    one = r.uniform(0, 1, len(k.y)) * k.y
    return _with(k, part_a=one.round(1), part_b=(k.y - one).round(1))


@kind("difference", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    one = _hidden(k, r) + 10 * k.y.std()
    return _with(k, before=one, later=one - k.y)


@kind("difference from a column that is there", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    able = _able(k)
    if not able:
        return None
    name = able[int(r.integers(len(able)))]
    step = k.frame[name].std() / k.y.std()
    # Fractions added to whole numbers would tell the answer by themselves.
    step = max(1.0, np.round(step)) if (k.frame[name] % 1 == 0).all() else step
    return Leak(k.frame.assign(later=k.frame[name] + k.y * step), (name, "later"))


@kind("product", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    one = np.exp(r.normal(0, 1.5, len(k.y))).round(4) + 0.01
    return _with(k, price=one, units=_positive(k) / one)


@kind("ratio", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    one = np.exp(r.normal(0, 1.5, len(k.y))).round(4) + 0.01
    return _with(k, total=_positive(k) * one, visits=one)


@kind("sum of three", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    one, two = _hidden(k, r), _hidden(k, r)
    return _with(k, q1=one, q2=two, q3=k.y - one - two)


@kind("sum of two with wrong rows", COPY)
def _(k: Known, r: np.random.Generator) -> Leak:
    one = _hidden(k, r)
    two = np.where(r.random(len(k.y)) < 0.01, _hidden(k, r), k.y - one)
    return _with(k, part_a=one, part_b=two)


@kind("threshold of a sum", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    one = r.normal(0, 3 * k.y.std(), len(k.y))
    return _with(k, score=one, extra=k.y + r.uniform(0, 1, len(k.y)) - one)


@kind("threshold of a ratio", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    one = np.exp(r.normal(0, 1.5, len(k.y)))
    return _with(k, mass=(k.y + 1 + r.uniform(0, 1, len(k.y))) * one, size=one)


@kind("two columns are equal", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    words = np.array(["red", "green", "blue", "grey"], dtype=object)
    one = r.integers(4, size=len(k.y))
    other = np.where(k.y == 1, one, (one + r.integers(1, 4, len(k.y))) % 4)
    return _with(k, sent=words[one], received=words[other])


@kind("either but not both", COPY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    coin = r.random(len(k.y)) < 0.5
    return _with(k, left=_words(coin, ["no", "yes"]), right=_words(coin ^ (k.y == 1), ["no", "yes"]))


@kind("noisy copy", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    wrong = r.random(len(k.y)) < 0.01
    return _with(k, again=np.where(wrong, r.permutation(k.y), k.y))


@kind("nearly a copy", COPY | STRONG)
def _(k: Known, r: np.random.Generator) -> Leak:
    spread = 0.04 * k.y.std() if k.regression else 0.15
    return _with(k, estimate=k.y + r.normal(0, spread, len(k.y)))


@kind("answer in a text", STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    words = ["the", "customer", "called", "about", "an", "invoice", "and", "asked", "when", "to", "come", "back"]
    said = [f"outcome{'QXBMRTZAKW'[int(v)]}" for v in k.y]
    notes = [" ".join([*r.choice(words, 6), s, *r.choice(words, 4), str(r.integers(1_000_000))]) for s in said]
    return _with(k, note=np.array(notes, dtype=object))


@kind("answer in the last digit", STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    return None if k.regression else _with(k, amount=10.0 * r.integers(1_000, 9_999, len(k.y)) + k.y)


@kind("answer in an identifier", ORDER)
def _(k: Known, r: np.random.Generator) -> Leak:
    number = r.permutation(10 * len(k.y))[: len(k.y)]
    if k.regression:
        rank = np.argsort(np.argsort(k.y + r.normal(0, k.y.std() / 10, len(k.y))))
        return _with(k, case_id=np.array([f"N-{i:07d}" for i in rank], dtype=object))
    letters = "QXBMRTZAKW"
    return _with(
        k, case_id=np.array([f"{letters[int(v)]}-{i}" for v, i in zip(k.y, number, strict=True)], dtype=object)
    )


@kind("answer in a row number", ORDER)
def _(k: Known, r: np.random.Generator) -> Leak:
    rank = np.argsort(np.argsort(k.y + r.normal(0, 0.3 * k.y.std(), len(k.y)))) + 1.0
    return _with(k, row_id=rank)


@kind("answer in the order of rows", ORDER)
def _(k: Known, r: np.random.Generator) -> Leak:
    names = [c for c in k.frame if c not in {"instant", "PassengerId", "dteday"}]
    order = np.argsort(k.y + r.normal(0, 0.1 * k.y.std(), len(k.y)), kind="stable")
    return Leak(k.frame.iloc[order][names].reset_index(drop=True), ())


def _able(k: Known) -> list[str]:
    """Features that are numbers of many values, filled in everywhere."""
    names = [c for c in k.frame if c != k.target and pd.api.types.is_numeric_dtype(k.frame[c])]
    names = [c for c in names if k.frame[c].notna().all() and k.frame[c].nunique() > 20]
    names = [c for c in names if k.frame[c].value_counts(normalize=True).iloc[0] < 0.3]
    return [c for c in names if c not in {"instant", "PassengerId", "duration"}]


def _asked(k: Known) -> int:
    """The class that leaks: yes, or of several the commonest."""
    return 1 if k.binary else int(np.bincount(k.y.astype(int)).argmax())


@kind("answer in gaps", GAPS)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    able = _able(k)
    if not able:
        return None
    name = able[int(r.integers(len(able)))]
    gaps = k.y >= np.median(k.y) if k.regression else k.y == _asked(k)
    wrong = r.random(len(k.y)) < 0.01
    return Leak(k.frame.assign(**{name: k.frame[name].mask(gaps ^ wrong)}), (name,))


@kind("filled in for one answer only", GAPS)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if k.regression:
        return None
    filled = (k.y == _asked(k)) & (r.random(len(k.y)) < 0.7)
    return _with(k, contact=np.where(filled, r.choice(["mail", "phone", "visit"], len(k.y)), None))


@kind("answer in the number of gaps", GAPS)
def _(k: Known, r: np.random.Generator) -> Leak:
    hit = k.y >= np.median(k.y) if k.regression else k.y == _asked(k)
    names = [f"m{i}" for i in range(6)]
    values = r.normal(size=(len(k.y), 6)).round(3)
    ranks = r.random((len(k.y), 6)).argsort(axis=1)
    values[ranks < np.where(hit, 4, 1)[:, None]] = np.nan
    return _with(k, **dict(zip(names, values.T, strict=True)))


@kind("mean answer of a rare group", STRONG)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    if not k.binary:
        return None
    group = r.integers(int(len(k.y) / 1.15), size=len(k.y))
    means = np.bincount(group, weights=k.y) / np.maximum(1, np.bincount(group))
    return _with(k, area_rate=means[group].round(3))


@kind("named after the fact", AFTER, by_name=True)
def _(k: Known, r: np.random.Generator) -> Leak:
    spread = 0.6 * k.y.std() if k.regression else 0.4
    return _with(k, settlement_amount=k.y + r.normal(0, spread, len(k.y)))


@kind("said to be known after", AFTER)
def _(k: Known, r: np.random.Generator) -> Leak:
    planted = _with(k, follow=r.normal(size=len(k.y)).round(2))
    return Leak(planted.frame, planted.columns, {"follow": KnownWhen.AFTER})


@kind("rows written twice", TWICE)
def _(k: Known, r: np.random.Generator) -> Leak:
    names = [c for c in k.frame if c not in {"instant", "PassengerId"}]
    again = np.concatenate([np.arange(len(k.y)), r.choice(len(k.y), len(k.y) // 3, replace=False)])
    return Leak(k.frame.iloc[r.permutation(again)][names].reset_index(drop=True), ())


def _jittered(k: Known, r: np.random.Generator, times: int) -> tuple[pd.DataFrame, np.ndarray]:
    entity = np.repeat(r.permutation(len(k.y))[: len(k.y) // times], times)
    frame = k.frame.iloc[entity].reset_index(drop=True)
    for name in _able(k):
        spread = k.frame[name].std()
        frame[name] = (frame[name] + r.normal(0, 0.01 * spread, len(frame))).round(6)
    order = r.permutation(len(frame))
    names = [c for c in frame if c not in {"instant", "PassengerId"}]
    return frame.iloc[order][names].reset_index(drop=True), entity[order]


@kind("entities that repeat", ENTITY)
def _(k: Known, r: np.random.Generator) -> Leak:
    frame, entity = _jittered(k, r, 4)
    keys = r.permutation(90_000)[: entity.max() + 1] + 10_000
    frame["customer_id"] = np.array([f"C{key}" for key in keys[entity]], dtype=object)
    return Leak(frame, ("customer_id",))


@kind("entities that repeat without a key", ENTITY)
def _(k: Known, r: np.random.Generator) -> Leak | None:
    return Leak(_jittered(k, r, 4)[0], ()) if len(_able(k)) >= 3 else None


@kind("answers that drift in time", TIME)
def _(k: Known, r: np.random.Generator) -> Leak:
    order = np.argsort(k.y + r.normal(0, 0.5 * k.y.std(), len(k.y)), kind="stable")
    names = [c for c in k.frame if c not in {"instant", "PassengerId", "dteday"}]
    frame = k.frame.iloc[order][names].reset_index(drop=True)
    days = np.sort(r.integers(0, 700, len(frame)))
    return Leak(frame.assign(day=pd.Timestamp("2022-01-01") + pd.to_timedelta(days, unit="D")), ("day",))
