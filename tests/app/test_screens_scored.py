"""A file that was scored, as it is shown: in numbers and words that people say."""

import json

from app.workflow import orders
from engine.domain.evidence import Estimate
from engine.domain.problem import Task
from engine.domain.run import JobState
from store import db
from store import jobs as store_jobs
from tests.app.prepared import EVIDENCE, PROBLEM, prepare
from tests.app.reading import read

SCORED = {
    "hr": "8",
    "prediction": "562.9622802734375",
    "low": "246.6649169921875",
    "high": "812.5",
    "decision": "562.962",
    "trust": "abstain",
    "reasons": "uncertain",
    "because_1": "hr 8 raises it by 120",
}


def test_answers_come_first_rounded_and_with_titles_and_how_reasons_were_made_is_folded(
    home, opened, monkeypatch
) -> None:
    number = {"task": Task.REGRESSION, "target": "calls", "classes": (), "positive": None, "metric": "rmse"}
    found = {"confusion": None, "score": Estimate(metric="rmse", value=12, interval=(11, 13), rows=400)}
    asked, evidence = PROBLEM.model_copy(update=number), EVIDENCE.model_copy(update=found)
    opened_home, _ = prepare(home, "released", problem=asked, evidence=evidence)
    with db.writing(opened_home.engine) as session:
        job = store_jobs.add(session=session, kind=orders.SCORE, arguments={"reference": "leaving:1"})
        told = {"rows": 300, "explained": "Estimated from 1 pair of permutations."}
        store_jobs.finish(session=session, job_id=job.id, state=JobState.DONE, result=told)
    opened_home.scored(job.id).mkdir(parents=True)
    (opened_home.scored(job.id) / "out.csv").write_text(f"{','.join(SCORED)}\n{','.join(SCORED.values())}\n")
    at = opened("screens/model.py", model="leaving:1")
    (table,) = at.dataframe
    row = table.value.iloc[0]
    assert list(row.index) == ["decision", "prediction", "low", "high", "trust", "because_1", "hr", "reasons"]
    assert list(row)[:5] == ["563.0", "563.0", "246.7", "812.5", "not answered: look yourself"]
    assert json.loads(table.proto.columns)["because_1"]["label"] == "Main reason"
    assert "Reasons are estimated, so that they come quickly." in read(at)
    assert "permutations" not in read(at)
