"""The package of a version: what is written is what a service reads, whatever the system's encoding is."""

import json
import locale
from collections.abc import Iterator

import numpy as np
import pytest

from app.workflow import packing, registry
from engine.serving.package import read_card, read_served
from engine.training import predictor
from tests.app.prepared import EVIDENCE, PROBLEM, prepare


@pytest.fixture
def ascii_only() -> Iterator[None]:
    """A system that was told no language: Python writes text as ASCII, where nobody says otherwise."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)


@pytest.mark.usefixtures("ascii_only")
def test_a_package_is_written_in_utf_8_whatever_the_system_writes(home, tmp_path, monkeypatch) -> None:
    problem = PROBLEM.model_copy(update={"classes": ("no", "Müller")})
    opened, _ = prepare(home, "approved", problem=problem, evidence=EVIDENCE.model_copy(update={"headline": "Müller"}))
    monkeypatch.setattr(predictor, "shrink", lambda folder, model, to: to)
    monkeypatch.setattr(predictor, "foreseen", lambda folder, model: np.array([[0.4, 0.6]]))
    package = packing.assemble(opened, registry.show(opened, "leaving:1"), tmp_path, tmp_path / "package")
    assert read_served(package).classes == ("no", "Müller")
    assert "Müller" in json.dumps(read_card(package), ensure_ascii=False)
    assert "Müller" in (package / "card.html").read_bytes().decode()
