"""The process in which a decoder runs; started by ``confined``, never by hand."""

import importlib
import json
import resource
import sys
from pathlib import Path

from engine.data.limits import MEGABYTE, OUT_OF_MEMORY, Damaged, allow, damaged
from engine.errors import HandrailError

_DECODERS = {"workbook": "engine.data.workbook", "parquet": "engine.data.pages"}
# Until a file's true size is known, reading it may take so much; it is unpacked once to know it, which takes what the
# file itself has. Measured: a workbook of 13 MB, 91 MB unpacked, takes 1.1 s on a busy machine.
_FIRST_MEMORY = 200 * MEGABYTE
_FIRST_SECONDS = 1.2
_FIRST_BYTES_PER_SECOND = 4 * MEGABYTE


def main() -> None:
    """Read one order from standard input, obey, answer on standard output."""
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # pyarrow takes numpy where it is there; no decoder needs it, and it is most of the time to start.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    decoder = importlib.import_module(_DECODERS[order["kind"]])
    seconds = _FIRST_SECONDS + Path(order["path"]).stat().st_size / _FIRST_BYTES_PER_SECOND
    allow(_FIRST_MEMORY, seconds, ceiling=order["ceiling"])
    try:
        answer = decoder.decode(order)
    except Damaged:
        answer = _refusal(damaged(Path(order["path"])))
    except HandrailError as refusal:
        answer = _refusal(refusal)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    json.dump(answer, sys.stdout)


def _refusal(error: HandrailError) -> dict[str, str]:
    return {"refused": type(error).__name__, "problem": error.problem, "fix": error.fix}


if __name__ == "__main__":
    main()
