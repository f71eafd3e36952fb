"""Ready-made lines for whoever puts a model to use: a shell, a program, a file."""

import json
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

ADDRESS = "http://127.0.0.1:3000"
KEY = "KEY"  # the variable that a key is put into: it belongs neither on a page nor into a program's text
_LATER = "# Later, when you know what really happened:"

Row = Mapping[str, object]


def command() -> str:
    """Return how a shell in the folder where Handrail was started calls this installation's ``handrail``."""
    own = Path(sys.executable).with_name("handrail")
    found = shutil.which("handrail")
    if not own.exists() or (found and Path(found).samefile(own)):
        return "handrail"
    here = Path.cwd()
    return shlex.quote(f"./{own.relative_to(here)}" if own.is_relative_to(here) else str(own))


def serve(reference: str) -> str:
    """Return the line that starts a version's service."""
    return f"{command()} serve {reference} --port 3000"


def curl(row: Row, outcome: str | float, *, keyed: bool, address: str = ADDRESS) -> str:
    """Return calls for a shell: an answer, and what then happened."""
    show = f' -H "Authorization: Bearer ${KEY}"' if keyed else ""

    def call(path: str, body: object) -> str:
        told = shlex.quote(json.dumps(body, ensure_ascii=False))
        return f"curl -s {address}{path} -H 'Content-Type: application/json'{show} \\\n  -d {told}\n"

    reported = {"outcomes": [{"decision_id": "ID OF THE ANSWER", "outcome": outcome}]}
    return f"{call('/predict', {'rows': [row], 'explain': True})}\n{_LATER}\n{call('/outcome', reported)}"


def python(row: Row, outcome: str | float, *, keyed: bool, address: str = ADDRESS) -> str:
    """Return a program that asks and reports what then happened; it needs nothing but Python."""
    headers = '"Content-Type": "application/json"'
    if keyed:
        headers += f', "Authorization": "Bearer " + os.environ["{KEY}"]'
    return (
        f"import json{', os' if keyed else ''}\nfrom urllib.request import Request, urlopen\n\n"
        f"def call(path, body):\n    headers = {{{headers}}}\n"
        f'    return json.load(urlopen(Request("{address}" + path, json.dumps(body).encode(), headers)))\n\n'
        f"row = {dict(row)!r}\n"
        'answer = call("/predict", {"rows": [row], "explain": True})["predictions"][0]\n'
        'print(answer["prediction"], answer["decision"], answer["trust"], answer["reasons"])\n\n'
        f"{_LATER}\n"
        f'call("/outcome", {{"outcomes": [{{"decision_id": answer["decision_id"], "outcome": {outcome!r}}}]}})\n'
    )


def embedded(module: str, row: Row) -> str:
    """Return a call in a program that carries the model."""
    return (
        f"import {module}\n\n"
        f"row = {dict(row)!r}\n"
        f"for answer in {module}.predict([row], explain=True):\n"
        '    print(answer["prediction"], answer["decision"], answer["trust"], answer["reasons"])\n'
    )


def files(reference: str) -> str:
    """Return lines that score files without the app."""
    return (
        f"{command()} score {reference} next-week.csv -o scored.xlsx --explain\n"
        f"{command()} score {reference} millions.parquet -o scored.parquet"
    )
