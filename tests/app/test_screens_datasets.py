"""The catalogue of tables, and the fold that adds columns from a second one."""

from pathlib import Path

import pytest

from app import child, settings
from app.components import understood
from app.workflow import combining, data, jobs, orders, projects
from app.workflow.home import Home, open_home
from engine.domain.dataset import ColumnType, Measure, Recipe, Role
from engine.domain.run import JobState, Progress
from store import db
from store import jobs as store_jobs
from tests.app.prepared import DATASET, NASTY, prepare
from tests.app.reading import everything, read

CUSTOMERS = "customer_id,signed,left\n" + "".join(
    f"C{i:03},2024-{1 + i % 12:02}-15,{'yes' if i % 3 else 'no'}\n" for i in range(60)
)
ORDERS = "customer,ordered_on,amount,channel\n" + "".join(
    f"C{i % 50:03},2024-{1 + i % 11:02}-01,{i}.5,{'web' if i % 2 else 'shop'}\n" for i in range(150)
)
REGIONS = "customer,region\n" + "".join(f"C{i:03},{'north' if i % 2 else 'south'}\n" for i in range(60))


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> tuple[Home, str, dict[str, str]]:
    """A project on customers, with orders (several each) and regions (one each) in the catalogue."""
    opened_home = open_home(settings.load(home))
    project = projects.create(opened_home, "Who leaves?")
    ids = {}
    for name, text in (("orders", ORDERS), ("regions", REGIONS), ("customers", CUSTOMERS)):
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        of = project.id if name == "customers" else None
        ids[name] = data.bring(opened_home, path, path.name, project_id=of).dataset.id
    return opened_home, project.id, ids


def orders_of(home: Home, ids: dict[str, str], *wanted) -> Recipe:
    """What brings something of the orders to their customers."""
    sides = [combining.side(home, data.dataset(home, ids[name])) for name in ("customers", "orders")]
    return combining.plan(*sides, keys=(("customer_id", "customer"),), wanted=wanted)[0]


def perform(home: Home, job_id: str) -> None:
    """Do what a worker would, in this process."""
    with db.reading(home.engine) as session:
        job = store_jobs.get(session=session, job_id=job_id)
    result = child.perform(home, job, home.work(job_id), _nobody())
    with db.writing(home.engine) as session:
        store_jobs.finish(session=session, job_id=job_id, state=JobState.DONE, result=result)


def _nobody() -> child.Reporter:
    class Nobody(child.Reporter):
        def __init__(self) -> None:
            """Reports to nobody."""

        def __call__(self, progress: Progress) -> None:
            """Says nothing."""

    return Nobody()


def labelled(found, start: str):
    return next(element for element in found if element.label.startswith(start))


def choose(at, dataset_id: str):
    labelled(at.selectbox, "or take one brought before")  # the intake's stands first
    return [s for s in at.selectbox if s.label == "or take one brought before"][-1].set_value(dataset_id).run()


# --- what was understood, corrected in place


@pytest.fixture
def edit(monkeypatch):
    """Change a cell of the table of columns, once, as a person would."""

    def change(column: str, what: str, word: str) -> None:
        real, left = understood.st.data_editor, [word]

        def edited(table, **known):
            after = real(table, **known)
            if what in table.columns and left:
                after = table.copy()
                after.loc[after["Column"] == column, what] = left.pop()
            return after

        monkeypatch.setattr(understood.st, "data_editor", edited)

    return change


@pytest.mark.parametrize(
    ("column", "what", "word", "kept"),
    [
        ("signed", "We read it as", "category", {"type": ColumnType.CATEGORY}),
        ("signed", "It is", "information", {"role": Role.FEATURE}),
        ("left", "Unit", "answers", {"unit": "answers"}),
        ("left", "Note", "As the shop wrote it down.", {"note": "As the shop wrote it down."}),
    ],
)
def test_how_a_column_is_understood_is_corrected_in_place(shop, opened, edit, column, what, word, kept) -> None:
    opened_home, project_id, ids = shop
    edit(column, what, word)
    at = opened("steps/data.py", project=project_id)
    assert not at.exception
    assert not at.error
    found = data.dataset(opened_home, ids["customers"])
    assert {name: getattr(found.contract.column(column), name) for name in kept} == kept
    row = at.data_editor[0].value.set_index("Column").loc[column]
    assert row[what] == word


def test_a_type_that_the_values_do_not_have_is_refused_and_nothing_changes(shop, opened, edit) -> None:
    opened_home, project_id, ids = shop
    before = data.dataset(opened_home, ids["customers"]).contract
    edit("left", "We read it as", "date")
    at = opened("steps/data.py", project=project_id)
    assert "left" in at.error[0].value
    assert data.dataset(opened_home, ids["customers"]).contract == before
    assert at.data_editor[0].value.set_index("Column").loc["left", "We read it as"] == "category"


# --- combining


def test_orders_become_one_row_per_customer_with_what_lies_before(shop, opened) -> None:
    opened_home, project_id, ids = shop
    at = choose(opened("steps/data.py", project=project_id), ids["orders"])
    assert not at.exception
    assert not at.error
    assert (labelled(at.selectbox, "Key here").value, labelled(at.selectbox, "Key in").value) == (
        "customer_id",
        "customer",
    )
    assert labelled(at.selectbox, "A row here is decided").value == "signed"
    assert "50 of 60 rows (83 %) find their key in 'orders' by 'customer_id' = 'customer'." in read(at)
    assert "50 keys have several rows there, at most 3: they become one value" in read(at)
    assert "lie at or after every decision ('signed') and are left out" in read(at)
    labelled(at.button, "Add 6 columns").click().run()
    job = jobs.latest(opened_home, project_id, orders.INGEST)
    assert job is not None
    perform(opened_home, job.id)
    made = data.dataset(opened_home, str(projects.project(opened_home, project_id).dataset_id))
    assert made.dataset.name == "customers + orders"
    assert made.contract.names[3:5] == ("orders_count", "days_since_orders")
    at = opened("steps/data.py", project=project_id)
    assert not at.exception
    assert any(e.label.startswith("Combined from customers and orders") for e in at.expander)
    assert "50 of 60 rows (83 %) find their key in 'orders' by 'customer_id' = 'customer'" in read(at)


def test_one_row_per_key_is_joined_and_the_missing_time_is_said(shop, opened) -> None:
    opened_home, project_id, ids = shop
    at = choose(opened("steps/data.py", project=project_id), ids["regions"])
    assert "No time is compared" in read(at)
    assert labelled(at.multiselect, "Columns to add").value == ["region"]
    labelled(at.button, "Add 1 column").click().run()
    job = jobs.latest(opened_home, project_id, orders.INGEST)
    assert job is not None
    perform(opened_home, job.id)
    made = data.dataset(opened_home, str(projects.project(opened_home, project_id).dataset_id))
    assert made.contract.names == ("customer_id", "signed", "left", "region")
    assert made.dataset.made_of is not None
    assert made.dataset.made_of.matched.matched == 60


def test_a_second_table_that_is_dropped_leaves_the_project_on_its_own(shop, opened) -> None:
    opened_home, project_id, ids = shop
    at = opened("steps/data.py", project=project_id)
    at.file_uploader[-1].set_value(("prices.csv", ORDERS.replace("amount", "price").encode(), "text/csv")).run()
    job = jobs.latest(opened_home, project_id, orders.INGEST)
    assert job is not None
    perform(opened_home, job.id)
    assert projects.project(opened_home, project_id).dataset_id == ids["customers"]
    at = opened("steps/data.py", project=project_id)
    assert "find their key in 'prices'" in read(at)


def test_a_time_that_is_chosen_is_no_longer_proposed_as_a_key(shop, opened, tmp_path) -> None:
    opened_home, project_id, _ = shop
    path = tmp_path / "visits.csv"
    earlier = "".join(f"C{i:03},2023-01-01,{i % 3}\n" for i in range(60))
    path.write_text(CUSTOMERS.replace("left", "pages") + earlier)
    visits = data.bring(opened_home, path, path.name).dataset.id
    at = choose(opened("steps/data.py", project=project_id), visits)
    assert [s.value for s in at.selectbox if s.label.startswith(("Key here", "and here"))] == ["customer_id", "signed"]
    labelled(at.selectbox, "A row here is decided").set_value("signed")
    at = labelled(at.selectbox, "A row there happened").set_value("signed").run()
    assert [s.value for s in at.selectbox if s.label.startswith(("Key here", "and here"))] == ["customer_id"]


def test_keys_that_match_nothing_offer_nothing(shop, opened) -> None:
    _, project_id, ids = shop
    at = choose(opened("steps/data.py", project=project_id), ids["orders"])
    at = labelled(at.selectbox, "Key here").set_value("left").run()
    assert "0 of 60 rows (0 %) find their key" in read(at)
    assert not [b for b in at.button if b.label.startswith("Add ")]


def test_the_same_tables_and_recipe_are_one_dataset_and_a_corrected_type_another(shop) -> None:
    opened_home, _, ids = shop
    recipe = orders_of(opened_home, ids, (Measure.COUNT, None))
    first = combining.combine(opened_home, ids["customers"], ids["orders"], recipe).dataset
    assert combining.combine(opened_home, ids["customers"], ids["orders"], recipe).dataset.id == first.id
    assert first.made_of is not None
    assert first.made_of.recipe == recipe
    assert data.dataset(opened_home, first.id).contract.column("orders_count").known == "after"


def test_what_no_time_was_compared_for_is_asked_first_and_taken_as_known_afterwards(shop, opened) -> None:
    opened_home, project_id, ids = shop
    recipe = orders_of(opened_home, ids, (Measure.SUM, "amount"))
    combining.combine(opened_home, ids["customers"], ids["orders"], recipe, project_id=project_id)
    at = opened("steps/question.py", project=project_id)
    assert not at.exception
    table = next(editor.value for editor in at.data_editor if "Known" in editor.value)
    assert (table["Column"][0], table["Known"][0]) == ("amount_sum", "only afterwards")


# --- the catalogue


def test_an_empty_catalogue_says_so(home, opened) -> None:
    at = opened("screens/datasets.py")
    assert "No table was brought yet" in read(at)


def test_every_table_stands_there_with_who_uses_it(shop, opened) -> None:
    at = opened("screens/datasets.py")
    table = at.dataframe[0].value
    assert list(table["Table"]) == ["customers", "regions", "orders"]
    assert list(table["Used by"]) == ["Who leaves?", "nobody", "nobody"]
    assert list(table["Rows"]) == [60, 60, 150]


def test_a_tables_page_shows_its_columns_and_begins_a_project(shop, opened) -> None:
    opened_home, _, ids = shop
    at = opened("screens/datasets.py", dataset=ids["orders"])
    assert not at.exception
    assert at.title[0].value == "orders"
    assert list(at.dataframe[0].value["Column"]) == ["customer", "ordered_on", "amount", "channel"]
    assert at.code[0].value == data.dataset(opened_home, ids["orders"]).dataset.sha256
    at.button(key="begin").click().run()
    begun = next(p for p in projects.every(opened_home) if p.name == "orders")
    assert begun.dataset_id == ids["orders"]
    assert "What is in your table" in everything(at)


def test_a_table_that_nobody_uses_is_erased_with_its_files(shop, opened) -> None:
    opened_home, _, ids = shop
    at = opened("screens/datasets.py", dataset=ids["regions"])
    assert len(list((opened_home.path / "originals").iterdir())) == 3
    at.button(key="erase").click().run()
    assert not opened_home.dataset(ids["regions"]).exists()
    assert len(list((opened_home.path / "originals").iterdir())) == 2
    assert [view.dataset.name for view in data.every_dataset(opened_home)] == ["customers", "orders"]
    assert "no longer here" in read(opened("screens/datasets.py", dataset=ids["regions"]))


def test_a_table_in_use_cannot_be_erased_neither_by_itself_nor_as_a_part(shop, opened) -> None:
    opened_home, project_id, ids = shop
    at = opened("screens/datasets.py", dataset=ids["customers"])
    assert not [b for b in at.button if b.key == "erase"]
    recipe = orders_of(opened_home, ids, (Measure.COUNT, None))
    combining.combine(opened_home, ids["customers"], ids["orders"], recipe, project_id=project_id)
    at = opened("screens/datasets.py", dataset=ids["orders"])
    at.button(key="erase").click().run()
    assert "'orders' is used by the project 'Who leaves?', combined with another table" in read(at)
    assert opened_home.dataset(ids["orders"]).exists()


def test_names_that_are_markdown_are_only_ever_text(home, opened) -> None:
    prepare(home, "released")
    at = opened("screens/datasets.py", dataset=DATASET.id)
    assert not at.exception
    for raw in ("**bold**", "<b>x</b>", "$x$", ":red[z]", ":material/home:", ":tada:"):
        assert raw not in everything(at)
    assert NASTY in list(at.dataframe[0].value["Column"])


def test_a_column_is_looked_at_against_the_answer(shop, opened) -> None:
    _, project_id, _ = shop
    at = opened("steps/question.py", project=project_id)
    at = labelled(at.selectbox, "predict").set_value("left").run()
    choice = labelled(at.selectbox, "Column")
    assert "left" not in choice.options
    at = choice.set_value("signed").run()
    assert not at.exception
    assert not at.error
    assert "How many rows hold which value of ‘signed’." in read(at)
    assert "of the rows where ‘signed’ is" in read(at)
    assert "none missing" in read(at)
