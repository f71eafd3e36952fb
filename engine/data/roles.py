"""Whom a column is about: personal data, sensitive attributes, identifiers; by its name and its values."""

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from engine.data import callings
from engine.data import vocabulary as words
from engine.data.identity import KINDS
from engine.domain.dataset import Column, ColumnType

_LOOK = 1000  # different values that are looked at
_PART = 20_000  # rows among which they are looked for first
_GROUPS, _COUNTRIES = 60, 300  # the most values an attribute of people has
_MOST_OF_THEM = 0.6
_SHORTEST = 1e10  # identity number, as far as numbers tell
_TELLING = 0.2  # of the different values
_FEWEST_NAMES, _LONGEST_NAME = 10, 100
_OLDEST, _EARLIEST_BIRTH = 125, 1850
_PERSON = re.compile(r"[^\W\d_][\w'’.-]*(,? [^\W\d_][\w'’.()\"/-]*){1,7}")
_MIXED_CODE = re.compile(r"(?=.*\d)[\w./ -]{3,}|[0-9a-fA-F-]{16,}")


def plain(name: str) -> str:
    """Return a name as words: ``PassengerId`` -> ``passenger id``, ``Straße_Nr`` -> ``strasse nr``."""
    spaced = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    bare = unicodedata.normalize("NFKD", spaced.casefold())
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", letters))


def _spellings(name: str) -> frozenset[str]:
    """Return the name as words, also with German ae, oe, ue brought to a, o, u as umlauts are."""
    called = plain(name)
    return frozenset({called, re.sub(r"([aou])e", r"\1", called)})


def personal(name: str, values: pd.Series, distinct: int | None = None) -> str | None:
    """Return what kind of personal data a column holds, such as ``e-mail address``, or None.

    Parameters
    ----------
    name : str
        The column's name, in English, German, French or Spanish.
    values : Series of shape (n_rows,)
        Canonical.
    distinct : int, optional
        How many different values it has, where that was counted: it spares looking for more of them.
    """
    called = _spellings(name)
    sample = _sample(values, distinct)
    by_value = _personal_by_value(sample, numbers=values.dtype != object)
    if by_value:
        return by_value
    for kind, names in words.PERSONAL_NAMES.items():
        if called & names and _can_be(kind, values, sample):
            return kind
    if called & words.MAYBE_A_NAME and _looks_like_people(values, sample):
        return "name"
    return "name" if _names_by_value(values, sample) else None


def sensitive(name: str, values: pd.Series) -> str | None:
    """Return which sensitive attribute a column holds, such as ``sex`` or ``age``, or None."""
    for kind, names in words.SENSITIVE_NAMES.items():
        most = _COUNTRIES if kind == "nationality" else _GROUPS
        if (_named(name, names) or _one_of(name, kind, names)) and values.nunique() <= most:
            return kind
    if _named(name, words.AGE) and _could_be_age(values):
        return "age"
    return _sensitive_by_value(values)


def identifier(column: Column, values: pd.Series) -> str | None:
    """Return in one sentence why a column identifies rows or entities rather than describing them, or None."""
    called = plain(column.name).split()
    named = bool(words.IDENTIFYING.intersection(called) or words.IDENTIFYING_LAST.intersection(called[-1:]))
    present = column.rows - column.missing
    if words.NO_KEY.intersection(called) or column.distinct < 2:
        return None
    if column.type is ColumnType.INTEGER:
        return _whole_identifier(column, values, named, present)
    if column.type is ColumnType.CATEGORY:
        return _word_identifier(column, values, named, present)
    return None


def _whole_identifier(column: Column, values: pd.Series, named: bool, present: int) -> str | None:
    unique = column.distinct == present == column.rows
    span = (column.maximum or 0.0) - (column.minimum or 0.0) + 1
    if unique and span == column.rows and (column.rows >= 20 or named):
        return f"It counts the rows, from {column.minimum:.0f} to {column.maximum:.0f}."
    if unique and (named or (column.rows >= 50 and _rises(values, span))):
        return "Every row has a number of its own."
    return _repeated(column, named, present)


def _word_identifier(column: Column, values: pd.Series, named: bool, present: int) -> str | None:
    if column.distinct == present == column.rows and (named or column.rows >= 20):
        return "Every row has a value of its own."
    share = column.distinct / column.rows
    if share >= 0.5 and column.distinct > 50 and _share(_sample(values, column.distinct), _MIXED_CODE) >= 0.5:
        return f"It holds codes: {column.distinct:,} different ones in {column.rows:,} rows, too many to learn from."
    return _repeated(column, named, present)


def _repeated(column: Column, named: bool, present: int) -> str | None:
    """Recognise the key of an entity with several rows: named like one, and too many values for a category."""
    if named and column.distinct > 50 and column.distinct >= 0.05 * present:
        return f"Its name says it identifies something: {column.distinct:,} different values in {column.rows:,} rows."
    return None


def _rises(values: pd.Series, span: float) -> bool:
    return bool(values.is_monotonic_increasing) and span < 2 * len(values)


def _sample(values: pd.Series, distinct: int | None) -> list[str]:
    words = values.dtype == object
    if not words and values.dtype != "float64":
        return []
    # A part taken from all over a long column usually holds as many different values as are looked at.
    different = values.iloc[:: max(1, len(values) // _PART)].dropna().drop_duplicates()
    if not words and len(different) and different.min() < _SHORTEST:
        return []
    if len(different) < _LOOK and len(values) >= 2 * _PART and len(different) != distinct:
        different = values.dropna().drop_duplicates()
    step = max(1, len(different) // _LOOK)
    different = different.iloc[::step].head(_LOOK)
    if words:
        return [str(value).strip() for value in different]
    # Long whole numbers may be identity numbers; leading zeros are gone, so eleven digits are the shortest tried.
    if len(different) and different.min() >= _SHORTEST and (different % 1 == 0).all():
        return [f"{value:.0f}" for value in different]
    return []


def _share(sample: Iterable[str], pattern: re.Pattern[str]) -> float:
    hits = [bool(pattern.fullmatch(value.strip())) for value in sample]
    return sum(hits) / len(hits) if hits else 0.0


def _personal_by_value(sample: list[str], numbers: bool) -> str | None:
    # One or two values prove nothing about the others.
    if len(sample) < 3:
        return None
    for kind, check in KINDS.items():
        if numbers and kind not in {"identity number", "bank account"}:
            continue
        if sum(map(check, sample)) >= _MOST_OF_THEM * len(sample):
            return kind
    return None


def _names_by_value(values: pd.Series, sample: list[str]) -> bool:
    """Whether a column of many different words holds people's names, whatever it is called."""
    if values.dtype != object or len(sample) < _FEWEST_NAMES:
        return False
    split = [frozenset(plain(value).split()) for value in sample if len(value) <= _LONGEST_NAME]
    if len(split) < _MOST_OF_THEM * len(sample):
        return False
    given = sum(bool(said & callings.GIVEN) for said in split) / len(sample)
    called = sum(bool(said & callings.ADDRESS) for said in split) / len(sample)
    family = sum(bool(said & callings.FAMILY) for said in split) / len(sample)
    if _share(sample, _PERSON) >= _MOST_OF_THEM:
        return called >= _MOST_OF_THEM or (given >= 0.3 and values.nunique() >= 0.3 * values.notna().sum())
    # One word each: most have to be known ones.
    single = sum(len(said) == 1 for said in split) >= _MOST_OF_THEM * len(sample)
    return single and (given >= _MOST_OF_THEM or family >= _MOST_OF_THEM)


def _can_be(kind: str, values: pd.Series, sample: list[str]) -> bool:
    """Whether the values do not contradict the name: "mobile: yes/no" is no phone number, a street has letters."""
    different = values.nunique()
    if different < 3 or (different <= 50 and different < 0.3 * values.notna().sum()):
        return False
    if kind in {"name", "address", "e-mail address", "licence plate"}:
        return any(re.search(r"[^\W\d_]", value) for value in sample)
    if kind == "date of birth":
        return True
    if not sample:
        return bool(values.dtype == "float64" and values.median() >= 1e6)
    return sum(bool(re.search(r"\d.*\d.*\d.*\d", value)) for value in sample) >= 0.5 * len(sample)


def _looks_like_people(values: pd.Series, sample: list[str]) -> bool:
    if len(sample) < 3 or values.nunique() < 0.3 * values.notna().sum():
        return False
    return _share(sample, _PERSON) >= 0.6


def _named(name: str, names: frozenset[str]) -> bool:
    """Whether one of the names stands there, alone or beside words about people or grouping."""
    for called in _spellings(name):
        rest = " ".join(t for t in called.split() if t not in words.ABOUT_PEOPLE and not t.isdigit())
        if called in names or rest in names:
            return True
    return False


def _one_of(name: str, kind: str, names: frozenset[str]) -> bool:
    """Whether the name is an attribute and one of its values, as where a column stands for each: ``race_black``."""
    values = (
        words.FEMALE | words.MALE | words.NEITHER if kind == "sex" else words.SENSITIVE_VALUES.get(kind, frozenset())
    )
    for called in _spellings(name):
        said = called.split()
        if any(" ".join(said[:at]) in names and " ".join(said[at:]) in values for at in range(1, len(said))):
            return True
    return False


def _could_be_age(values: pd.Series) -> bool:
    """Whether numbers could be years of life or of birth; the age of a house or of concrete in days is neither."""
    if not pd.api.types.is_numeric_dtype(values) or not values.notna().any():
        return True
    return bool(values.quantile(0.95) <= _OLDEST or values.quantile(0.05) >= _EARLIEST_BIRTH)


def _sensitive_by_value(values: pd.Series) -> str | None:
    if values.dtype != object:
        return None
    different = values.dropna().drop_duplicates()
    if not 2 <= len(different) <= _GROUPS:
        return None
    spelled = [_spellings(str(value)) for value in different]
    found = frozenset().union(*spelled)
    if _is_sex(found, spelled):
        return "sex"
    for kind, telling in words.SENSITIVE_VALUES.items():
        hits = found & telling
        enough = len(hits) >= 2 and hits - words.AMBIGUOUS and len(hits) >= _TELLING * len(spelled)
        if enough and (kind != "nationality" or len(hits - words.LANGUAGES) >= 2):
            return kind
    return None


def _is_sex(found: frozenset[str], spelled: list[frozenset[str]]) -> bool:
    known = words.FEMALE | words.MALE | words.NEITHER
    if found & words.FEMALE and found & words.MALE and all(ways & known for ways in spelled):
        return True
    # Alone, w and m are weiblich and männlich, h and f homme and femme; with others they may be days or grades.
    return found in words.PAIRS_OF_SEXES
