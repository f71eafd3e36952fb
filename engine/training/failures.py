"""Why a training failed, in words that say what to do."""

from collections.abc import Iterable

from engine.errors import DiskFull, Failed, HandrailError, OutOfMemory, TooShort, UnusableRows, no_room


def out_of_memory(gigabytes: float) -> OutOfMemory:
    """Return the refusal for a training that does not fit into ``gigabytes``."""
    return OutOfMemory(
        f"Training needs more than the {gigabytes:.1f} GB of memory that it may use now.",
        fix=OutOfMemory.way_out,
    )


def translated(error: BaseException, gigabytes: float) -> HandrailError:
    """Return the refusal that says what ``error``, raised while fitting, means."""
    if isinstance(error, HandrailError):
        return error
    if isinstance(error, MemoryError):
        return out_of_memory(gigabytes)
    if no_room(error):
        return DiskFull("The disk is full, so the model cannot be written.", fix="Free some space and train again.")
    return Failed(
        f"The training broke off ({type(error).__name__}: {str(error)[:200]}).",
        fix="Try the fast quality; if it breaks off again, report it with the log.",
    )


def nothing_fitted(
    causes: Iterable[str], *, minutes: float, rows: int, needed: float, gigabytes: float
) -> HandrailError:
    """Return the refusal for a fit without a model.

    Parameters
    ----------
    causes : iterable of str
        Names of the exceptions that ended each model; empty where the clock left no time to begin one.
    minutes, needed : float
        The budget, and the least that is expected to be enough.
    rows : int
        Rows to learn from.
    gigabytes : float
        Memory that was allowed.
    """
    kinds = set(causes)
    if kinds and kinds <= {"NotEnoughMemoryError", "MemoryError"}:
        return out_of_memory(gigabytes)
    if "OSError" in kinds:
        return DiskFull("The model could not be written: the disk may be full.", fix="Free some space and train again.")
    if kinds - {"TimeLimitExceeded", "InsufficientTime", "NotEnoughMemoryError"}:
        return UnusableRows(
            f"None of the models could learn from these {rows:,} rows ({', '.join(sorted(kinds))}).",
            fix="Check the types of the columns in the data step, or train with the fast quality.",
        )
    return TooShort(
        f"In {minutes:g} minutes no model could be fitted to {rows:,} rows.",
        fix=f"Give the training at least {needed:g} minutes, or choose the fast quality.",
    )
