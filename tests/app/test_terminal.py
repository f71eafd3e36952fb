"""How the command line ends."""

import json

import pytest

from app.terminal import boundary


@pytest.mark.parametrize("as_json", [True, False])
def test_an_interruption_is_said_where_a_program_reads_it(as_json, capsys) -> None:
    with pytest.raises(SystemExit, match="130"), boundary(as_json=as_json):
        raise KeyboardInterrupt
    told = capsys.readouterr()
    assert "interrupted" in told.err
    assert (json.loads(told.out)["error"]["code"] == "interrupted") if as_json else told.out == ""


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_more_of_our_own_failure_is_shown_where_it_is_asked_for(level, monkeypatch, caplog, capsys) -> None:
    monkeypatch.setenv("HANDRAIL_LOG_LEVEL", level)
    with pytest.raises(SystemExit, match="3"), boundary(as_json=False):
        raise KeyError("x")
    assert ("Traceback" in caplog.text) == (level == "DEBUG")
    assert "HANDRAIL_LOG_LEVEL=DEBUG" in capsys.readouterr().err
