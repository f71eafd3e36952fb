"""The commands about which version is live: what they say, their JSON, their exit status."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app import settings
from app.cli import main
from app.workflow import registry, reviewing
from app.workflow.home import open_home
from engine.errors import Refused
from tests.app.prepared import again, prepare


@pytest.fixture
def call(home):
    opened, project_id = prepare(home, "released")
    again(opened, project_id, "released")

    def run(*arguments):
        result = CliRunner().invoke(main, arguments)
        assert "Traceback" not in result.output
        return result

    return run


def test_back_forth_and_out(call):
    told = json.loads(call("rollback", "leaving", "--note", "too many calls", "--json").stdout)
    assert told == {"model": "leaving:1", "stage": "live", "before": "leaving:2", "live": "leaving:1", "answers": "all"}
    assert "leaving:2 is live instead of leaving:1." in call("promote", "leaving:2").stdout
    said = call("retire", "leaving")
    assert said.exit_code == 0
    assert "leaving:2 is retired.\nIt says so with every answer.\nNo version of this model is live now." in said.stdout
    stages = {row["model"]: row["stage"] for row in json.loads(call("models", "--json").stdout)["models"]}
    assert stages == {"leaving:1": "approved", "leaving:2": "retired"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("promote", "leaving"), 1, "leaving:2 is live already"),
        (("promote", "leaving:9"), 2, "no version '9'"),
        (("rollback", "leaving:1"), 2, "names a version"),
        (("rollback", "ghost"), 2, "no model called 'ghost'"),
        (("retire", "ghost"), 2, "no model called 'ghost'"),
    ],
)
def test_what_is_refused(call, arguments, status, words):
    result = call(*arguments, "--json")
    assert result.exit_code == status
    assert words in json.loads(result.stdout)["error"]["problem"]
    assert result.stderr.count("\n") == 1


def test_a_changed_record_is_refused_by_verify(call, home):
    with open_home(settings.load(home)).engine.begin() as connection:
        connection.execute(text("UPDATE version SET stage = 'draft' WHERE number = 1"))
    result = call("verify")
    assert result.exit_code == 1
    assert "leaving:1 is approved in it and draft in the registry" in result.stderr


def test_who_decides_on_what_has_moved_meanwhile_looks_again(tmp_path, monkeypatch):
    opened, _ = prepare(tmp_path, "decided")
    shown = registry.show(opened, "leaving:1")
    reviewing.submit(opened, "leaving:1")
    monkeypatch.setattr(registry, "show", lambda *_: shown)
    with pytest.raises(Refused, match="leaving:1 became in review meanwhile"):
        reviewing.approve(opened, "leaving:1", note="fine")
