"""Decide: what is filled in stays, and what the page says of it is so."""

from datetime import date

from app.workflow import drafts
from tests.app.prepared import prepare


def test_dates_stay_while_one_looks_at_another_step(home, opened) -> None:
    made, project_id = prepare(home, "decided")
    at = opened("steps/decide.py", project=project_id)
    at.multiselect[0].set_value(["since"]).run()
    said = {
        "It may be used until": date(2026, 12, 31),
        "Somebody looks at it again on": date(2026, 6, 30),
        "since from": date(2024, 5, 1),
        "since to": date(2025, 5, 1),
    }
    for label, day in said.items():
        next(d for d in at.date_input if d.label == label).set_value(day).run()
    kept = drafts.draft(made, project_id, "decide")
    opened("steps/understand.py", project=project_id)
    at = opened("steps/decide.py", project=project_id)
    assert {d.label: d.value for d in at.date_input} == said
    assert drafts.draft(made, project_id, "decide") == kept
    assert kept["use"]["valid_until"] == "2026-12-31"
