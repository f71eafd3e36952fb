"""Ids that sort by time and can be read aloud."""

import secrets
from datetime import UTC, datetime


def new_id() -> str:
    """Return an id such as ``20261120T221405-3e79f3ac``.

    It sorts by time, to the millisecond, and is safe in paths and addresses.
    """
    moment = datetime.now(UTC)
    return f"{moment:%Y%m%dT%H%M%S}-{moment.microsecond // 1000:03x}{secrets.token_hex(3)[:5]}"
