"""The error boundary: a refusal is two sentences, a failure of ours has a reference that stands in the log."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.wording import plain
from engine.domain.failure import Failure
from engine.errors import HandrailError, no_room

_log = logging.getLogger(__name__)


@contextmanager
def boundary() -> Iterator[None]:
    """Show whatever goes wrong inside, and go on behind it. Never a traceback on the page."""
    try:
        yield
    except HandrailError as error:
        refused(error.problem, error.fix)
    except Exception as error:
        if full := no_room(error):
            refused(full.problem, full.fix)
            return
        # Whatever falls on a page: a person gets words, the log gets the traceback.
        reference = secrets.token_hex(4)
        _log.exception("reference %s", reference)
        refused(
            "Something in Handrail failed; it is not your doing, and nothing is lost.",
            f"Try again; if it fails again, report it with the reference {reference}: the log has it under that.",
        )


def refused(problem: str, fix: str) -> None:
    """Show a refusal: what is wrong, and what to do."""
    st.error(f"**{plain(problem)}**  \n{plain(fix)}", icon=":material/block:")


def failed(failure: Failure) -> None:
    """Show why a job failed."""
    refused(failure.problem, failure.fix)
