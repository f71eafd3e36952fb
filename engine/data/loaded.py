"""What every reader leaves behind beside the table ``raw``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain.dataset import Reader, Rejection


@dataclass(frozen=True)
class Loaded:
    """Names of the columns ``c0``, ``c1``, ... of ``raw``, how they were read, what was not, what was repaired.

    ``units`` holds what a line of units says, by column; ``counted`` the positions of columns whose numbers are numbers
    in the file, not spelled in any country's way.
    """

    names: tuple[str, ...]
    reader: Reader
    rejected: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    counted: frozenset[int] = frozenset()
