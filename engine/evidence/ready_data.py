"""ML Test Score, data: what the columns may hold, what they are worth, and whether they may be used."""

from engine.domain.card import Card
from engine.domain.dataset import ColumnContract, ColumnType
from engine.evidence.ready_base import Found, Test, ask, by_checks, told, waits
from engine.problem.words import listed, percent, quoted

_LITTLE = 0.001  # share of what moves the answers below which a column brings nothing


def _expected(card: Card) -> Found:
    columns = _features(card)
    bare = [c.name for c in columns if not _described(c)]
    said = f"{len(columns) - len(bare)} of {len(columns)} columns have a range, a list of levels or a time span"
    if bare:
        return told(good=False, said=f"{said}; not {_some(bare)}.")
    return told(good=bool(columns), said=f"{said}; every row is held against them.")


def _worth(card: Card) -> Found:
    importance = card.evidence.importance
    if card.evidence.no_better_than is not None:
        return told(good=False, said=f"Together they bring no more than {card.evidence.no_better_than.label}.")
    if not importance:
        return waits("The model was not explained.")
    idle = [i.column for i in importance if i.share < _LITTLE]
    least = min(importance, key=lambda i: i.share)
    if idle:
        return told(
            good=False, said=f"{len(idle)} of {len(importance)} columns move the answers hardly at all: {_some(idle)}."
        )
    return told(
        good=True,
        said=f"Each of {len(importance)} columns moves the answers; the least is {quoted(least.column)} with "
        f"{percent(least.share)} of all that does.",
    )


def _allowed(card: Card) -> Found:
    return by_checks(card, ("LK", "FA001", "FA002", "US003"), about="for leaks, sensitive and personal columns")


def _features(card: Card) -> list[ColumnContract]:
    names = card.problem.features(card.contract)
    return [c for c in card.contract.columns if c.name in names]


def _described(column: ColumnContract) -> bool:
    if column.type is ColumnType.TEXT:
        return True  # any words are allowed, and that is what is said of it
    if column.type is ColumnType.CATEGORY:
        return bool(column.levels)
    if column.type is ColumnType.DATETIME:
        return column.first is not None and column.last is not None
    return column.minimum is not None and column.maximum is not None


def _some(names: list[str]) -> str:
    return listed(names, most=4)


TESTS: tuple[Test, ...] = (
    Test("It is written down what each column may hold", _expected),
    Test("Every column is worth having", _worth),
    ask("No column costs more than it brings", "Think of buying it, of waiting for it, and of keeping it up."),
    Test("The columns keep to the rules for what may be used", _allowed),
    ask(
        "Personal data is guarded on its way here",
        "Handrail withholds what identifies people; who can read the table before, only you know.",
    ),
    ask("A new column can be added quickly", "From the wish for it to a model that uses it."),
    ask("What computes the columns is tested", "Queries, spreadsheets and programs that make the table you bring."),
)
