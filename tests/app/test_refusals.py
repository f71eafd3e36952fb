"""Bad input on the command line: one or two sentences that say what to do, the right status, never a traceback."""

import json
import socket
import sqlite3

import pytest
from click.testing import CliRunner

from app.cli import main

GOOD = "age,city,bought\n" + "".join(f"{20 + i % 50},{'abc'[i % 3]},{'yes' if i % 4 else 'no'}\n" for i in range(200))


@pytest.fixture
def call(home):
    def run(*arguments):
        result = CliRunner().invoke(main, [str(a) for a in arguments])
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def file(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,b,c\n", "no row"),
        (b"a\n1\n2\n", "one column"),
        (bytes(range(256)) * 40, ""),
        (b"\x89PNG\r\n\x1a\n" + bytes(3000), ""),
    ],
    ids=["empty", "header only", "one column", "binary", "picture"],
)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_file_that_is_no_table(call, file, content, words, verb):
    result = call(verb, file(content), "--target", "a", "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert words in error["problem"] + error["fix"]
    assert error["problem"].endswith((".", "?"))
    assert error["fix"].endswith(".")
    assert error["problem"] in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "wealth"], "no column called ‘wealth’"),
        (["--target", "bought", "--minutes", "0"], "budget is 0 minutes"),
        (["--target", "bought", "--minutes", "-3"], "budget is -3 minutes"),
        (["--target", "bought", "--metric", "rmse"], "'rmse' does not fit"),
        (["--target", "bought", "--positive", "maybe"], "maybe"),
        (["--target", "bought", "--capacity", "0"], "--capacity is 0"),
        (["--target", "bought", "--accept", "LK002"], "1 --accept and 0 --reason"),
        (["--target", "bought", "--valid-until", "soon"], "'soon'"),
        (["--target", "bought", "--rule", "__import__('os')"], "rule"),
        ([], "No column to predict"),
    ],
    ids=["absent", "zero", "negative", "metric", "positive", "capacity", "reason", "date", "rule", "no target"],
)
def test_a_run_that_makes_no_sense(call, file, arguments, words):
    result = call("run", file(GOOD), *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cost", "a", "b", "inf"], "costs inf makes no sense"),
        (["--cost", "a", "b", "nan"], "costs nan makes no sense"),
        (["--cost", "a", "b", "-5"], "costs -5 makes no sense"),
        (["--cost", "a", "z", "5"], "no class ‘z’"),
        (["--cost", "a", "a", "5"], "is no mistake"),
        (["--cost", "*", "*", "0"], "No mistake costs anything"),
        (["--cost", "a", "b", "much"], "'much' is not a valid float"),
        (["--cost-wrong-yes", "5"], "only fit a yes/no question"),
        (["--target", "bought", "--cost", "yes", "no", "5"], "Say what a wrong and a missed yes cost"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_costs_of_classes_that_make_no_sense(call, file, verb, arguments, words):
    result = call(verb, file(GOOD), "--target", "city", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("column", "words"),
    [(["same"] * 200, "in every row"), ([""] * 200, "empty in every row")],
    ids=["constant", "missing everywhere"],
)
def test_a_target_nothing_can_be_learned_from(call, file, column, words):
    rows = [line + "," + extra for line, extra in zip(GOOD.splitlines()[1:], column, strict=True)]
    result = call("check", file("\n".join([GOOD.splitlines()[0] + ",target", *rows]) + "\n"), "--target", "target")
    assert result.exit_code == 2
    assert words in result.stderr


def test_the_file_is_not_there(call, tmp_path):
    result = call("check", tmp_path / "nowhere.csv")
    assert result.exit_code == 2
    assert "nowhere.csv" in result.stderr


def test_a_file_over_the_limit(call, file, monkeypatch):
    monkeypatch.setenv("HANDRAIL_MAX_FILE_MB", "1")
    result = call("check", file(GOOD + "x" * 2_400_000))
    assert result.exit_code == 2
    assert "at most 1 MB" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"), [("MEMORY_GB", "lots", "number"), ("LOG_LEVEL", "loud", "'DEBUG', 'INFO'")]
)
def test_a_setting_that_makes_no_sense(call, file, monkeypatch, name, value, words):
    monkeypatch.setenv(f"HANDRAIL_{name}", value)
    result = call("check", file(GOOD))
    assert result.exit_code == 2
    assert f"HANDRAIL_{name} is {value!r}" in result.stderr
    assert words in result.stderr


def test_a_store_that_is_not_supported_is_refused_not_ignored(call, file, monkeypatch):
    monkeypatch.setenv("HANDRAIL_STORAGE_URL", "s3://bucket")
    result = call("models")
    assert result.exit_code == 2
    assert "'s3://bucket'" in result.stderr


def test_names_with_markup_and_great_length_are_data(call, file):
    name = "<script>alert(1)</script> **bold** [x](http://y)"
    text = GOOD.replace("city", f'"{name}"').replace("age", "a" * 300)
    report = json.loads(call("check", file(text), "--target", "bought", "--json").stdout)
    assert report["dataset"]["columns"] == 3


def test_duplicate_and_blank_names_are_repaired_and_said(call, file):
    result = call("preview", file("a,a,,b\n" + "1,2,3,4\n" * 20), "--json")
    report = json.loads(result.stdout)
    names = [column["name"] for column in report["columns"]]
    assert len(set(names)) == 4
    assert all(names)
    assert report["notes"]


def test_a_home_that_is_a_file(call, tmp_path):
    (tmp_path / "taken").touch()
    result = call("models", "--home", tmp_path / "taken")
    assert result.exit_code == 2
    assert "not a folder" in result.stderr
    assert "--home" in result.stderr


def test_a_home_that_cannot_be_written(call, home, monkeypatch):
    # Root may write everywhere, so the system's answer is played.
    def denied(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.touch", denied)
    result = call("models")
    assert result.exit_code == 2
    assert "cannot be written (Permission denied)" in result.stderr
    assert "--home" in result.stderr


def test_a_home_on_a_full_disk(call, home, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.mkdir", full)
    result = call("models")
    assert result.exit_code == 2
    assert "is full" in result.stderr


def test_a_database_of_a_newer_version(call, home):
    call("models")
    with sqlite3.connect(home / "handrail.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    result = call("models")
    assert result.exit_code == 2
    assert "newer version" in result.stderr


def test_a_database_that_is_locked(call, file, home, monkeypatch):
    call("models")
    monkeypatch.setattr("store.db.PATIENCE", 0.2)
    other = sqlite3.connect(home / "handrail.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    result = call("run", file(GOOD), "--target", "bought")
    other.close()
    assert result.exit_code == 2
    assert "locked" in result.stderr


def test_a_port_in_use(call):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = call("start", "--port", taken.getsockname()[1])
    assert result.exit_code == 2
    assert str(taken) not in result.stderr
    assert "port" in result.stderr.lower()


@pytest.mark.parametrize("verb", ["show", "card", "release", "serve", "verify", "reproduce"])
def test_a_model_that_is_not_there(call, verb):
    result = call(verb, "ghost:3")
    assert result.exit_code == 2
    assert "no model called 'ghost'" in result.stderr


def test_a_wrong_option_is_usage(call):
    assert call("run", "--colour", "red").exit_code == 2
    assert call("dance").exit_code == 2


def test_an_open_gate_shows_the_outcomes(call, file):
    text = GOOD.splitlines()
    leak = [text[0] + ",copy"] + [line + "," + line.split(",")[2].upper() for line in text[1:]]
    result = call("run", file("\n".join(leak) + "\n"), "--target", "bought", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["error"]["code"] == "gate_closed"
    (copy,) = [o for o in report["outcomes"] if o["code"] == "LK001" and o["verdict"] == "flagged"]
    assert copy["columns"] == ["copy"]
    assert copy["remedy"] == {"action": "drop_columns", "columns": ["copy"], "values": []}


def test_a_preview_shows_the_first_cells_as_they_stand_in_the_file(call, file):
    text = "zip;price;on;ok\n00501;1.234,50;2024-01-05 00:00;TRUE\n00502;1,0;2024-01-06 00:00;False\n" + ";2,5;;\n" * 9
    report = json.loads(call("preview", file(text), "--json").stdout)
    assert report["columns"][1] == {"name": "price", "type": "number"}
    assert len(report["sample"]) == 5
    assert report["sample"][:3] == [
        {"zip": "00501", "price": "1.234,50", "on": "2024-01-05 00:00", "ok": "TRUE"},
        {"zip": "00502", "price": "1,0", "on": "2024-01-06 00:00", "ok": "False"},
        {"zip": "", "price": "2,5", "on": "", "ok": ""},
    ]
