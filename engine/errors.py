"""Refusals: every one says what is wrong, with the value, and what to do about it."""

import errno

_KINDS: dict[str, type["HandrailError"]] = {}


class HandrailError(Exception):
    """Base of every refusal: what is wrong, and what to do about it.

    Attributes
    ----------
    problem, fix : str
        One sentence each, in plain words.
    code : str
        Stable name for scripts (``error.code`` in JSON).
    exit_status : int
        Exit status of the command line: 1 refused, 2 unusable input or usage, 3 our own failure.
    """

    code = "failed"
    exit_status = 3

    def __init_subclass__(cls) -> None:
        if "code" in vars(cls):  # without one of its own it is told as what it descends from
            _KINDS[cls.code] = cls

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(f"{problem} {fix}")
        self.problem, self.fix = problem, fix

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive a trip between processes by themselves.
        return (_rebuild, (type(self), self.problem, self.fix))


def _rebuild(kind: type[HandrailError], problem: str, fix: str) -> HandrailError:
    return kind(problem, fix=fix)


class UnusableInput(HandrailError):
    """What the person brought or typed cannot be used."""

    code, exit_status = "unusable_input", 2


class UnreadableFile(UnusableInput):
    """The file is absent, too large, protected, or not the kind of file its name says."""

    code = "unreadable_file"


class EmptyTable(UnusableInput):
    """There is no row, or not enough columns, to work with."""

    code = "empty_table"


class UnusableTarget(UnusableInput):
    """The column to predict is absent, constant, or missing everywhere."""

    code = "unusable_target"


class UnusableOption(UnusableInput):
    """A setting or option has a value that makes no sense here."""

    code = "unusable_option"


class NotFound(UnusableInput):
    """Nothing in this home has that name or id."""

    code = "not_found"


class Refused(HandrailError):
    """Handrail could, but must not: a guardrail, a review rule, a broken seal."""

    code, exit_status = "refused", 1


class GateClosed(Refused):
    """A blocker that nobody fixed or overrode closes training, approval or release."""

    code = "gate_closed"


class TamperedArtifact(Refused):
    """A sealed folder is not what was sealed."""

    code = "tampered_artifact"


class TamperedRecord(Refused):
    """The record of what was done is not what was written."""

    code = "tampered_record"


class NotVerified(Refused):
    """A release did not give the original model's answers in a clean process."""

    code = "not_verified"


class Unavailable(HandrailError):
    """The surroundings do not let us work: disk, port, home, database."""

    code, exit_status = "unavailable", 2


class Outdated(Unavailable):
    """A newer version changed the database while this program was running."""


class OutOfMemory(Unavailable):
    """It needed more memory than there is."""

    code = "out_of_memory"
    way_out = "Close other programs, choose the fast quality, or bring fewer rows or columns."


class DiskFull(Unavailable):
    """There is no room left on the disk."""

    code = "disk_full"


_FULL = ("No space left on device", "disk is full", "File too large")


def no_room(error: BaseException | None) -> DiskFull | None:
    """Return the refusal that an error means for which a full disk is to blame, or a quota; None for any other.

    What a library raises in its place leads to it by its cause, or still holds the system's words.
    """
    if error is None or isinstance(error, HandrailError):
        return error if isinstance(error, DiskFull) else None
    number = error.errno if isinstance(error, OSError) else None
    # EFBIG is what a limit for files says, and a file system that knows no larger ones. shutil joins several errors.
    if number in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} or any(words in str(error) for words in _FULL):
        return DiskFull("The disk is full.", fix="Free some space and try again; nothing else was lost.")
    return no_room(error.__cause__ or error.__context__)


class TooShort(UnusableOption):
    """No model could be fitted within the budget."""

    code = "budget_too_short"


class UnusableRows(UnusableInput):
    """The rows cannot be learned from."""

    code = "unusable_rows"


class WrongVersion(Unavailable):
    """A model was trained with versions that cannot be opened here."""

    code = "wrong_version"


class Failed(HandrailError):
    """Our own failure: said with a reference that stands in the log."""

    code, exit_status = "failed", 3


class WorkerLost(Failed):
    """The process that did the work is gone, and trying again did not help."""

    code = "worker_lost"


def kind_of(code: str) -> type[HandrailError]:
    """Return the refusal of that code; ``Failed`` for one that is not known."""
    return _KINDS.get(code, Failed)
