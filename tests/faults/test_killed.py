"""Killed at any moment, everything is as if it had not been: done once or not at all, and nothing left lying about."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = os.environ.get("HANDRAIL_SOAK") == "full"
ROOT = Path(__file__).parents[2]


@pytest.mark.soak
def test_what_a_kill_breaks_off_is_taken_up_again_and_done_once(tmp_path):
    kills = 400 if FULL else 10
    command = [sys.executable, "-m", "tests.faults.killing", str(tmp_path), str(kills), "5"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["wrong"] == {}
    assert sum(found["killed"].values()) >= kills
    sys.stdout.write(f"{sum(found['killed'].values())} processes killed: {found['killed']}\n")
