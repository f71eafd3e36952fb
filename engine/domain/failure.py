"""Why something did not come about, as it is kept and told to another process."""

from typing import Self

from engine.domain.base import Noun
from engine.errors import Failed, HandrailError, OutOfMemory, kind_of, no_room


class Failure(Noun):
    """The words of a refusal, and which kind it is of."""

    code: str
    problem: str
    fix: str

    @classmethod
    def of(cls, error: Exception, reference: str) -> Self:
        """Return what an error means, in words that say what to do; of our own failures the log knows ``reference``."""
        error = no_room(error) or error
        if isinstance(error, MemoryError):
            error = OutOfMemory("The computer ran out of memory.", fix=OutOfMemory.way_out)
        if not isinstance(error, HandrailError):
            fix = f"Try again; if it fails again, report it with the reference {reference}: the log has more under it."
            error = Failed(f"Something in Handrail failed ({type(error).__name__}).", fix=fix)
        return cls(code=error.code, problem=error.problem, fix=error.fix)

    def error(self) -> HandrailError:
        """Return the refusal to raise: of its own kind, or ``Failed`` where that is not known here."""
        return kind_of(self.code)(self.problem, fix=self.fix)
