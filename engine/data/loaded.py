"""What every reader leaves behind beside the table ``raw``."""

from dataclasses import dataclass

from engine.domain.dataset import Reader, Rejection


@dataclass(frozen=True)
class Loaded:
    """Names of the columns ``c0``, ``c1``, ... of ``raw``, how they were read, what was not, what was repaired."""

    names: tuple[str, ...]
    reader: Reader
    rejected: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()
