"""What `handrail doctor` says of the machine."""

import pytest

from app.doctor import examine


@pytest.mark.parametrize(("gigabytes", "fine"), [("1", False), ("3", True)])
def test_the_memory_that_was_given_to_jobs_is_what_it_names(home, monkeypatch, gigabytes, fine):
    monkeypatch.setenv("HANDRAIL_MEMORY_GB", gigabytes)
    (line,) = [line for line in examine(home)["checks"] if line["what"] == "Memory"]
    assert (line["found"], line["fine"]) == (f"{gigabytes}.0 GB for a job", fine)
    assert "HANDRAIL_MEMORY_GB" in line["fix"]
