"""How a benchmark tells its figures: a line each on the screen, and a JSON file under build/bench/."""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "build" / "bench"


def publish(name: str, figures: dict[str, object]) -> Path:
    """Print figures and write them to ``build/bench/NAME.json``; returns the file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(figures, indent=2, default=str) + "\n", encoding="utf-8")
    width = max(len(key) for key in figures)
    for key, value in figures.items():
        shown = f"{value:.3f}" if isinstance(value, float) else str(value)
        sys.stdout.write(f"{key:<{width}}  {shown}\n")
    sys.stdout.flush()
    return path
