"""What every process of ours writes down of its work, and how much of it."""

import logging

from app.settings import Settings

OURS = ("app", "engine", "store", "__main__")


def configure(chosen: Settings, *, least: int = logging.INFO) -> None:
    """Log as much as the settings say, to standard error; of the libraries only what is at least ``least``.

    What libraries say in more detail can hold the values of rows, and our logs hold none.
    """
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    level = logging.getLevelNamesMapping()[chosen.log_level]
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.getLogger().setLevel(max(level, least))
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))
