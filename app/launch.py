"""How a process of our own is started."""

import sys


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with the current interpreter."""
    # -P: what lies in the current folder is never imported by accident.
    return [sys.executable, "-P", "-m", name, *arguments]
