"""The rules of the house: one heavy library has one home, modules stay short, nothing ties us to one machine."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PRODUCT = ("app", "engine", "store")
LONGEST = 300

# Library: the file or folder that may import it.
HOMES = {
    "autogluon": "engine/training/",
    "shap": "engine/evidence/explanation.py",
    "fairlearn": "engine/evidence/fairness.py",
    "dbos": "app/jobs.py",
    "bentoml": "engine/serving/",
    "duckdb": "engine/data/",
    "python_calamine": "engine/data/",
    "streamlit": "app/",
    "alembic": "store/",
}
# What AutoGluon gives everybody, and what of its modules any of ours may name.
OFFERED = {("autogluon.tabular", "TabularPredictor"), ("autogluon.core.callbacks", "AbstractCallback")}
# Where all that an upgrade of it can break stands; and what is not used where AutoGluon's own answers differ.
INSIDE, SHORTCUT = "engine/training/inside.py", "engine/training/shortcut.py"
# What the command line must not wait for (and numpy comes with pandas).
HEAVY = ("autogluon", "bentoml", "dbos", "duckdb", "fairlearn", "pandas", "plotly", "shap", "sklearn", "streamlit")

# What comes with another library, where that needs it; and what another library opens a database with.
UNDECLARED, DRIVERS = {"numba"}, {"psycopg"}

# Top level, as the design has it; anything more needs a reason.
TOP_LEVEL = {
    ".ci",
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "app",
    "compose.yaml",
    "constraints.txt",
    "engine",
    "pyproject.toml",
    "store",
    "tests",
}


@cache
def modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def imports_from(tree: ast.AST, library: str) -> set[tuple[str, str]]:
    """What a module imports of a library: (module, name), the name empty where it is the module itself."""
    named = {
        (node.module or "", each.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    whole = {(each.name, "") for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    return {(module, name) for module, name in named | whole if module.partition(".")[0] == library}


def reached_into(tree: ast.AST) -> set[str]:
    """The private names (one underscore) that a module uses of what is neither its own object nor its own class."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)} | {"self", "cls", "os"}
    used = [(node.value, node.attr) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("getattr" | "hasattr" | "setattr" | "delattr"), [of, ast.Constant(str(name)), *_]):
                used.append((of, name))
    others = {name for of, name in used if not (isinstance(of, ast.Name) and of.id in own)}
    return {name for name in others if name.startswith("_") and not name.startswith("__")}


def streamlit_names(tree: ast.AST) -> set[str]:
    """What a module takes from Streamlit: ``st.name`` and ``from streamlit import name``."""
    taken = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_streamlit(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "streamlit":
            taken |= {alias.name for alias in node.names}
    return taken


def _is_streamlit(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"st", "streamlit"}


@pytest.mark.parametrize(("library", "home"), HOMES.items(), ids=list(HOMES))
def test_a_heavy_library_has_one_home(library, home) -> None:
    users = {name for name, tree in modules().items() if library in imported(tree)}
    assert users, f"nobody imports {library}: is it still needed?"
    assert {name for name in users if not name.startswith(home)} == set()


def test_what_autogluon_does_not_promise_has_one_home() -> None:
    deep = {name for name, tree in modules().items() if imports_from(tree, "autogluon") - OFFERED}
    assert deep == {INSIDE, SHORTCUT}


def test_nobody_else_reaches_into_what_is_private_to_others() -> None:
    assert {name for name, tree in modules().items() if reached_into(tree)} == {INSIDE}


@pytest.mark.parametrize(
    ("names", "home"),
    [({"session_state", "query_params"}, "app/state.py"), ({"cache_data", "cache_resource"}, "app/resources.py")],
    ids=["state", "caches"],
)
def test_what_is_shared_in_the_web_process_has_one_home(names, home) -> None:
    users = {name for name, tree in modules().items() if names & streamlit_names(tree)}
    assert users == {home}


def test_the_product_knows_no_streamlit_below_its_screens() -> None:
    below = [name for name in modules() if name.startswith(("app/workflow/", "engine/", "store/"))]
    assert [name for name in below if "streamlit" in imported(modules()[name])] == []


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    known, project = packages_distributions(), tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    foreign = {name for tree in modules().values() for name in imported(tree)} - sys.stdlib_module_names - {*PRODUCT}
    of = {name: {canonicalize_name(one) for one in known[name]} for name in foreign - UNDECLARED}
    assert {name for name, distributions in of.items() if not declared & distributions} == set()
    assert declared - set().union(*of.values()) == DRIVERS


def test_modules_stay_short() -> None:
    lines = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in modules()}
    assert {name: count for name, count in lines.items() if count >= LONGEST} == {}


def test_the_product_prints_nothing_by_accident() -> None:
    calls = {
        (name, node.lineno)
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert calls == set()


def test_no_process_imports_what_lies_in_the_current_folder() -> None:
    commands = {
        (name, node.lineno): [part.value for part in node.elts if isinstance(part, ast.Constant)]
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.List | ast.Tuple)
    }
    started = {place: words for place, words in commands.items() if "-m" in words}
    assert {place for place, words in started.items() if "-P" not in words} == set()
    assert {name for name, _ in started if name.startswith("app/")} == {"app/launch.py"}


def test_no_screen_lets_a_table_write_its_html() -> None:
    loose = "unsafe_" + "allow_html"
    assert [name for name in modules() if loose in (ROOT / name).read_text(encoding="utf-8")] == []


def files() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a clone: git says which files are ours")
    yield from (ROOT / name for name in listed.stdout.splitlines())


def texts() -> Iterator[tuple[str, str]]:
    for path in files():
        if path.exists() and path.suffix not in {".png", ".xlsx", ".parquet"}:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace")


# Written in pieces, so that this file does not hold what it forbids.
PLACES = [
    ("a package index", r"py" + r"pi\.org|python" + r"hosted\.org|index-" + r"url|find-" + r"links"),
    ("this machine's folders", r"(?<![\w.}])/(?:ro" + r"ot|wo" + r"rk|Us" + r"ers)/"),
]


@pytest.mark.parametrize(("what", "pattern"), PLACES, ids=[what for what, _ in PLACES])
def test_nothing_names(what, pattern) -> None:
    found = {name: hits[0] for name, text in texts() if (hits := re.findall(pattern, text, re.IGNORECASE))}
    assert found == {}, what


def test_the_top_level_is_as_designed() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in files()} - TOP_LEVEL == set()


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    code = "import json, sys, app.cli; sys.stdout.write(json.dumps(sorted(m.partition('.')[0] for m in sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(HEAVY) & set(json.loads(told.stdout)) == set()
