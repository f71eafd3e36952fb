"""What every reader leaves behind beside the table ``raw``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain.dataset import Reader, Rejection


@dataclass(frozen=True)
class Loaded:
    """Names of the columns ``c0``, ``c1``, ... of ``raw``, how they were read, what was not, what was repaired.

    ``units`` holds what a line of units says, by column.
    """

    names: tuple[str, ...]
    reader: Reader
    rejected: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
