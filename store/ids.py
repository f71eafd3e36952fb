"""Ids that sort by time and can be read aloud."""

import secrets
from datetime import UTC, datetime


def new_id() -> str:
    """Return an id such as ``20261120T221405-9f3acb``: safe in paths and addresses."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
