"""A card says what its table was combined from; user text stays text."""

from engine.domain.dataset import Added, Combination, Dataset, Matched, Measure, Reader, Recipe
from engine.evidence.card import to_html
from engine.evidence.lineage import combined_from
from tests.engine.evidence.test_card import make

RECIPE = Recipe(
    keys=(("id", "customer"), ("shop", "shop")),
    added=(
        Added(name="orders_count", measure=Measure.COUNT),
        Added(name="<b>last</b>", measure=Measure.LAST, column="x"),
    ),
    time="signed",
    other_time="on",
)


def combined(recipe: Recipe) -> Dataset:
    made = Combination(
        base="b",
        base_name="customers",
        other="o",
        other_name="orders",
        recipe=recipe,
        matched=Matched(rows=4000, matched=3900, other_rows=9000, other_matched=8000),
    )
    reader = Reader(kind="combined")
    return Dataset(
        id="d", name="customers + orders", rows=4000, columns=5, sha256="c" * 64, reader=reader, made_of=made
    )


def test_a_card_names_the_tables_the_keys_and_what_was_compared() -> None:
    html = to_html(make(dataset=combined(RECIPE)))
    assert "customers with columns from orders by id = customer and shop (only what lies before signed)" in html
    assert "3,900 of 4,000 rows found their key" in html
    assert "<b>last</b>" not in html


def test_that_no_times_were_compared_is_said() -> None:
    ((_, text),) = combined_from(combined(RECIPE.model_copy(update={"time": None, "other_time": None})))
    assert "no times compared" in text


def test_a_table_from_a_file_says_nothing_of_it() -> None:
    assert "Combined" not in to_html(make())
