"""The service, a scored file and the wheel give the same answers, also about odd rows."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from engine.data import stream
from engine.domain.problem import Task
from engine.serving import batch, crew, wheel
from engine.serving.batch import score_file
from engine.serving.plain import plain_rows
from engine.serving.scorer import Scorer
from tests.engine.serving.kit import Kit, table
from tests.engine.serving.served import ROW, Fake, make_served

EMBED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import handrail_deposit
print(json.dumps(handrail_deposit.predict(json.loads(sys.stdin.read()))))
"""


def odd_rows() -> pd.DataFrame:
    """Two hundred rows: every fourth misses something, is out of range, of a new kind, or no whole number."""
    rows = table(200, seed=7).drop(columns="deposit")
    rows.loc[0::20, "age"] = np.nan
    rows.loc[4::20, "age"] = 130.0
    rows.loc[8::20, "balance"] = -99.5
    rows.loc[12::20, "job"] = "astronaut"
    rows.loc[16::40, "since"] = pd.NaT
    rows.loc[36::40, "since"] = pd.Timestamp("1999-12-31")
    rows.loc[2::40, "age"] = 40.5
    rows.loc[6::40, ["age", "balance"]] = np.nan
    rows.loc[10::40, "sex"] = None
    return rows


def of_service(told: list[dict[str, Any]]) -> pd.DataFrame:
    """What the service and the wheel say, as a scored file has it."""
    return pd.DataFrame(
        {
            "prediction": [one["prediction"] for one in told],
            **{f"probability_{name}": [one["probabilities"][name] for one in told] for name in ("no", "yes")},
            "decision": [one["decision"] for one in told],
            "trust": [one["trust"] for one in told],
            "reasons": [said(one["reasons"]) for one in told],
        }
    )


def said(reasons: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(f"{r['code']}:{r['column']}" if r["column"] else r["code"] for r in reasons)


@pytest.mark.training
@pytest.mark.service
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_all_three_give_the_same_answers(kit: Kit, address: str, tmp_path: Path, suffix: str) -> None:
    asked = odd_rows()
    rows = plain_rows(asked)
    served = of_service(httpx.post(f"{address}/predict", json={"rows": rows}, timeout=60).json()["predictions"])
    source, out = tmp_path / f"rows{suffix}", tmp_path / f"scored{suffix}"
    asked.to_csv(source, index=False) if suffix == ".csv" else asked.to_parquet(source, index=False)
    score_file(kit.package, source, out)
    scored = pd.read_csv(out, keep_default_na=False) if suffix == ".csv" else pd.read_parquet(out)
    scored["reasons"] = [frozenset(filter(None, text.split("; "))) for text in scored["reasons"]]
    with zipfile.ZipFile(wheel.build(kit.package, tmp_path)) as archive:
        archive.extractall(tmp_path / "target")
    command = [sys.executable, "-I", "-c", EMBED, tmp_path / "target"]
    told = subprocess.run(command, input=json.dumps(rows), capture_output=True, text=True, check=True).stdout
    embedded = of_service(json.loads(told))
    for other in (scored[served.columns], embedded):
        pd.testing.assert_frame_equal(served, other, check_exact=False, rtol=0, atol=1e-9)
    assert set(served["trust"]) == {"ok", "caution"}
    assert {"missing:age", "out_of_range:age", "new_category:job", "unlike_training:age"} <= frozenset.union(
        *served["reasons"]
    )


@pytest.mark.training
def test_a_large_file_is_answered_by_several_processes_as_by_one(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, told = tmp_path / "rows.csv", []
    odd_rows().to_csv(source, index=False)
    one = score_file(kit.package, source, tmp_path / "one.csv")
    monkeypatch.setattr(batch, "LARGE", {"csv": 0})
    monkeypatch.setattr(batch, "_BESIDE", {"csv": 0})
    monkeypatch.setattr(stream, "PIECE", 60)
    monkeypatch.setattr(crew, "size", lambda _: 2)
    several = score_file(kit.package, source, tmp_path / "several.csv", on_rows=lambda *rows: told.append(rows))
    assert [done for done, _ in told] == [60, 120, 180, 200]
    assert (tmp_path / "several.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    apart = {"seconds", "out"}
    assert {k: v for k, v in one.items() if k not in apart} == {k: v for k, v in several.items() if k not in apart}


@pytest.mark.parametrize("task", list(Task), ids=str)
def test_a_file_is_answered_as_a_request_whatever_the_question(task: Task) -> None:
    scorer = Scorer(make_served(task), Fake(task))
    rows = [ROW, {**ROW, "age": None}, {**ROW, "age": 99, "job": "pilot"}, {**ROW, "since": "1999-01-01", "note": None}]
    asked = scorer.predict(rows)
    table = scorer.score_frame(scorer.reader.read(rows).frame)
    assert table["prediction"].tolist() == [one.prediction for one in asked]
    assert table["decision"].tolist() == [one.decision for one in asked]
    assert table["trust"].tolist() == [one.trust for one in asked]
    if task is not Task.REGRESSION:
        told = table.filter(like="probability_").to_numpy().tolist()
        assert told == [list((one.probabilities or {}).values()) for one in asked]
    reasons = [frozenset(filter(None, text.split("; "))) for text in table["reasons"]]
    assert reasons == [said([r.model_dump() for r in one.reasons]) for one in asked]
