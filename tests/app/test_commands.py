"""What the commands promise beside their work: streams, exit status, what reaches the workflow."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from app import say, settings
from app.cli import main
from app.workflow import projects, scoring
from app.workflow.home import open_home
from tests.app.prepared import DATASET, prepare

TABLE = "age,city,bought\n" + "".join(f"{20 + i % 50},{'abc'[i % 3]},{'yes' if i % 4 else 'no'}\n" for i in range(200))


@pytest.fixture
def table(home, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "x.csv", "--task", "guess"], "'guess' is not one of"),
        (["run", "x.csv", "--nope"], "No such option '--nope'"),
        (["run", "x.csv", "--seed", "-1"], "-1 is not in the range"),
        (["show"], "Missing argument 'MODEL'"),
        (["nope"], "No such command 'nope'"),
    ],
    ids=["choice", "option", "range", "argument", "command"],
)
def test_usage_errors_look_like_every_refusal(home, arguments, words):
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert words in told["error"]["problem"]
    assert told["outcomes"] == []
    assert result.stderr == f"{told['error']['problem']} {told['error']['fix']}\n"
    assert not CliRunner().invoke(main, arguments).stdout


@pytest.mark.parametrize(
    ("accept", "words"),
    [(["--accept", "LK007"], "1 --accept and 0 --reason"), (["--accept", "LK7", "--reason", "it is fine"], "'LK7'")],
    ids=["no reason", "no code"],
)
def test_a_check_refuses_an_override_that_a_run_refuses(table, accept, words):
    for verb in ("check", "run"):
        result = CliRunner().invoke(main, [verb, table, "--target", "bought", *accept])
        assert result.exit_code == 2
        assert words in result.stderr


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".xlsx", ".TSV"])
def test_every_kind_of_file_that_can_be_written_may_be_asked_for(table, tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(scoring, "package", lambda home, reference, work: work)
    monkeypatch.setattr(scoring, "_reading", lambda home, reference: None)
    monkeypatch.setattr(scoring.stages, "require_in_use", lambda home, reference: SimpleNamespace(retired_at=None))
    asked = []

    def score_file(package, source, out, *, explain, ranked, reading, retired, memory_gb, on_rows):
        asked.append(out)
        on_rows(1000, 45211)
        return {"model": "m:1", "rows": 45211}

    monkeypatch.setattr("engine.serving.batch.score_file", score_file)
    told = []
    monkeypatch.setattr(say, "stage", told.append)
    out = tmp_path / f"out{suffix}"
    result = CliRunner().invoke(main, ["score", "m", table, "-o", str(out), "--json"])
    assert asked == [out]
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"model": "m:1", "file": str(out), "rows": 45211}
    assert told[-1] == "Scoring the rows: 1,000 of 45,211"


def test_a_file_is_scored_by_the_signs_that_the_columns_learned_from_had_before_decimals(tmp_path, monkeypatch):
    reader = DATASET.reader.model_copy(update={"decimals": {"calls": "."}})
    opened, _ = prepare(tmp_path / "home", "released", dataset=DATASET.model_copy(update={"reader": reader}))
    asked = []
    monkeypatch.setattr(scoring, "package", lambda home, reference, work: work)
    monkeypatch.setattr("engine.serving.batch.score_file", lambda *_, reading, **__: asked.append(reading) or {})
    scoring.score(opened, "leaving", tmp_path / "t.csv", tmp_path / "out.csv", work=tmp_path)
    assert [reading.decimals for reading in asked] == [{"calls": "."}]
    opened.engine.dispose()


@pytest.mark.parametrize("content", [None, b"\x89PNG\r\n\x1a\n"])
def test_what_cannot_be_read_leaves_no_project_behind(home, tmp_path, content):
    file = tmp_path / "t.csv"
    if content is not None:
        file.write_bytes(content)
    result = CliRunner().invoke(main, ["run", str(file), "--target", "y"])
    assert result.exit_code == 2, result.output
    assert not projects.every(open_home(settings.load(home)))


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("out.pdf", "'out.pdf'"),
        ("nowhere/out.csv", "no folder 'nowhere'"),
        ("table.csv", "is the file that is scored"),
        ("./link.csv", "is the file that is scored"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_refused_at_once(table, tmp_path, monkeypatch, out, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.csv").symlink_to("table.csv")
    result = CliRunner().invoke(main, ["score", "m", table, "-o", out])
    assert result.exit_code == 2
    assert words in result.stderr
    assert (tmp_path / "table.csv").read_text() == TABLE


def test_what_is_accepted_with_a_reason_is_not_fixed(home, tmp_path):
    path = tmp_path / "t.csv"
    rows = "".join(f"{i % 7},{i % 2},{'yes' if i % 2 else 'no'}\n" for i in range(300))
    path.write_text("age,copy,bought\n" + rows)
    call = ["check", str(path), "--target", "bought", "--fix", "--json"]

    def dropped(*more):
        report = json.loads(CliRunner().invoke(main, [*call, *more]).stdout)
        return [name for remedy in report["problem"]["remedies"] for name in remedy["columns"] if name == "copy"]

    assert dropped() == ["copy"]
    accept = ["--accept", "LK001:copy", "--reason", "the copy is what we want", "--accept", "LK002:copy"]
    assert dropped(*accept, "--reason", "the copy is what we want") == []


@pytest.mark.parametrize("cost", ["inf", "nan", "-1"])
def test_a_cost_is_an_amount(table, cost):
    result = CliRunner().invoke(main, ["check", table, "--target", "bought", "--cost-missed-yes", cost])
    assert result.exit_code == 2
    assert f"--cost-missed-yes is {cost}" in result.stderr


@pytest.mark.parametrize(
    ("difference", "differs", "status", "words"),
    [
        (0.0, [], 0, "the same answers"),
        (0.0, ["numpy was 1 and is 2."], 1, "numpy was 1 and is 2."),
        (0.2, [], 1, "Forest_FULL, as it is served: 0.2 on 9 rows"),
        (None, ["It could not be fitted."], 1, "no such model to compare"),
    ],
)
@pytest.mark.parametrize("replayed", [True, False])
def test_a_reproduction_says_how_far_the_answers_are_apart(
    home, monkeypatch, difference, differs, status, words, replayed
):
    told = {"model": "Forest_FULL", "what": "as it is served", "rows": 9, "difference": difference}
    report = {
        "model": "m:1", "replayed": replayed, "same": difference == 0.0, "largest_difference": difference, "rows": 9,
        "compared": [] if difference is None else [told], "differs": differs, "adopted": False,
    }  # fmt: skip
    monkeypatch.setattr("app.workflow.reproducing.reproduce", lambda home, model: report)
    result = CliRunner().invoke(main, ["reproduce", "m"])
    assert result.exit_code == status
    assert words in result.stdout
    assert ("by the clock" in result.stdout) is not replayed
    assert json.loads(CliRunner().invoke(main, ["reproduce", "m", "--json"]).stdout) == report
