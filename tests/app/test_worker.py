"""The worker goes on whatever it cannot tidy."""

import pytest

from app import worker
from engine.errors import Unavailable


@pytest.mark.parametrize("error", [PermissionError(13, "no"), Unavailable("It is locked.", fix="Wait.")])
def test_what_cannot_be_tidied_does_not_end_the_worker(home, monkeypatch, caplog, error):
    told = []

    def broken(_home):
        raise error

    monkeypatch.setattr(worker, "sweep", broken)
    monkeypatch.setattr(worker, "catch_up", told.append)
    worker._tidy(home)
    assert told == [home]
    assert "could not be tidied" in caplog.text
