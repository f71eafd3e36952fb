"""The README cannot lie: commands, settings, codes and pictures are compared with what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_stands_in_it_and_no_other() -> None:
    from app.cli import main

    told = set(re.findall(r"^\| `handrail (\w+)|or `handrail (\w+)", README, re.MULTILINE))
    assert {first or second for first, second in told} == set(main.commands)


def test_every_option_it_shows_exists() -> None:
    from app.cli import main

    known = {option for command in main.commands.values() for param in command.params for option in param.opts}
    shown = [line for line in README.splitlines() if re.match(r"handrail |\| `handrail ", line)]
    assert shown
    assert {option for line in shown for option in re.findall(r"(?<=[\s`])--?[a-z][a-z-]*", line)} - known == set()


def test_every_setting_stands_in_it_and_no_other() -> None:
    from app.settings import Settings

    told = set(re.findall(r"^\| `HANDRAIL_(\w+)`", README, re.MULTILINE))
    assert told == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", ["port", "log_level", "max_file_mb", "bind"])
def test_the_defaults_are_the_ones_it_tells(name) -> None:
    from app.settings import Settings

    (row,) = re.findall(rf"^\| `HANDRAIL_{name.upper()}` \| (.*) \|$", README, re.MULTILINE)
    assert str(Settings.model_fields[name].default) in row.partition("default:")[2]


def test_how_large_a_file_the_app_takes_stands_in_it() -> None:
    from app.processes import UPLOAD_MEGABYTES

    (row,) = re.findall(r"^\| `HANDRAIL_MAX_FILE_MB` \| (.*) \|$", README, re.MULTILINE)
    assert f"up to {UPLOAD_MEGABYTES} MB" in row


def test_the_codes_in_it_are_those_that_run() -> None:
    from engine.guardrails.evaluation import evaluations
    from engine.guardrails.suite import GUARDRAILS

    named = re.findall(r"^\| ([A-Z]{2}\d{3}) \|", README, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == {guardrail.code for guardrail in (*GUARDRAILS, *evaluations())}


def test_every_code_that_the_program_utters_is_explained() -> None:
    uttered = {
        code
        for folder in ("app", "engine", "store")
        for path in (ROOT / folder).rglob("*.py")
        for code in re.findall(r"\b(?:DA|LK|FA|EV|US)\d{3}\b", path.read_text(encoding="utf-8"))
    }
    assert {code for code in uttered if f"| {code} |" not in README} == set()


def test_its_pictures_and_links_lead_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert len([target for target in targets if target.endswith(".png")]) == 11
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_its_make_commands_exist_and_the_tests_are_the_ones_everybody_runs() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test", "install", "lint", "bench", "soak"} <= told <= targets
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
