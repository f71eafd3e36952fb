"""The first word of the command line: what ``import app.cli`` takes, beside ``import pandas``."""

import subprocess
import sys

from tests.benchmarks.app.machine import ROOT, load, median
from tests.benchmarks.figures import publish


def importing(module: str) -> float:
    """Median seconds of a fresh interpreter that imports one module."""
    command = [sys.executable, "-P", "-c", f"import {module}"]
    return median(lambda: subprocess.run(command, cwd=ROOT, check=True))


def main() -> None:
    """Publish the figures."""
    ours, child, other = (importing(module) for module in ("app.cli", "app.child", "pandas"))
    publish(
        "app_import",
        {
            "import app.cli, seconds (at most 0.5)": ours,
            "import app.child, seconds": child,
            "import pandas, seconds": other,
            "app.cli as a share of pandas": ours / other,
            "app.child as a share of pandas": child / other,
            "load": load(),
        },
    )


if __name__ == "__main__":
    main()
