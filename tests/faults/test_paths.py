"""Ids of others and path tricks: refused in words, and nothing beside the home is read or written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = os.environ.get("HANDRAIL_SOAK") == "full"
ROOT = Path(__file__).parents[2]


@pytest.mark.soak
def test_no_name_leads_out_of_the_home(tmp_path):
    command = [sys.executable, "-m", "tests.faults.prying", str(tmp_path), str(1.0 if FULL else 0.1), "5"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout.splitlines()[-1])
    assert found["wrong"] == {}
    assert found["seen"] == []
    assert not found["ran"]
    assert found["tried"] > (500 if FULL else 50)
    sys.stdout.write(f"{found['tried']} names that lead elsewhere: nothing beside the home was opened\n")
