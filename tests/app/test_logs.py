"""Logs: as much as was asked for, and nothing of a row's values."""

import logging

import pytest

from app import child, logs, settings
from app.workflow import jobs, orders, projects
from app.workflow.home import open_home


@pytest.fixture(autouse=True)
def levels(monkeypatch):
    """Every level is afterwards as it was."""
    for name in ("", "alembic", *logs.OURS):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "level", logger.level)
    yield
    logging.getLogger().manager._clear_cache()


@pytest.mark.parametrize(("level", "others"), [("DEBUG", "INFO"), ("INFO", "INFO"), ("ERROR", "ERROR")])
def test_only_of_our_own_work_is_everything_written_down(home, level, others):
    logs.configure(settings.load().model_copy(update={"log_level": level}))
    assert logging.getLevelName(logging.getLogger("engine.data.read").getEffectiveLevel()) == level
    assert logging.getLevelName(logging.getLogger("asyncio").getEffectiveLevel()) == others
    assert not logging.getLogger("sqlalchemy.engine").isEnabledFor(logging.INFO)


def test_a_job_logs_as_much_as_was_asked_for(home, monkeypatch):
    monkeypatch.setenv("HANDRAIL_LOG_LEVEL", "DEBUG")
    opened = open_home(settings.load())
    job_id = jobs.add(opened, orders.MakeSample(), projects.create(opened, "p").id)
    jobs.cancel(opened, job_id)
    assert child.main(str(home), job_id) == 0
    assert logging.getLogger("app").isEnabledFor(logging.DEBUG)
