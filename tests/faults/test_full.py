"""A disk without room: what happened is said in words, nothing is half there, and with room it works."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import DiskFull, Failed, no_room

FULL = os.environ.get("HANDRAIL_SOAK") == "full"
ROOT = Path(__file__).parents[2]
MOUNT = 'mount -t tmpfs -o size=24m handrail "$0" && exec "$@"'
OWN = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT)


def own_disk(folder: Path) -> list[str]:
    """What runs a command with a small disk in that folder; nothing where the system lets nobody have one."""
    command = [*OWN, str(folder)]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return command


@pytest.mark.soak
@pytest.mark.parametrize("own", [True, False] if FULL else [True], ids=lambda own: "disk" if own else "limit")
def test_what_meets_the_end_of_the_disk_is_said_and_works_once_there_is_room(tmp_path, own):
    tries = 10 if FULL else 1
    command = [
        *(own_disk(tmp_path) if own else ()),
        sys.executable,
        "-m",
        "tests.faults.filling",
        str(tmp_path),
        str(tries),
        "5",
    ]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["wrong"] == {}
    assert sum(count > 0 for count in found["met"].values()) >= 10
    sys.stdout.write(f"{sum(found['met'].values())} deeds met the end of the disk: {found['met']}\n")


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(28, "No space left on device"), True),
        (OSError(27, "File too large"), True),
        (shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")]), True),
        (RuntimeError("IO Error: Could not write file: No space left on device"), True),
        (PermissionError(13, "Permission denied"), False),
        (Failed("It failed.", fix="Try again."), False),
    ],
    ids=["disk", "limit", "shutil", "library", "permission", "ours"],
)
def test_a_full_disk_is_known_by_what_is_raised(error, full):
    assert isinstance(no_room(error), DiskFull) is full
    outer = ValueError("it could not be written")
    outer.__cause__ = error
    assert (no_room(outer) is not None) is full
