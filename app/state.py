"""The only reader and writer of the session and of the address.

The address holds the ids, the store the truth; the session only what a person has not sent off yet.
"""

from typing import Any

import streamlit as st

PROJECT, MODEL, DATASET, CASE, SHOWN = "project", "model", "dataset", "case", "show"
PAGE = "page"  # in the session: the one that was drawn last


def project_id() -> str | None:
    """Return the project that the address names."""
    return st.query_params.get(PROJECT)


def model() -> str | None:
    """Return the version that the address names, as ``name:number``."""
    return st.query_params.get(MODEL)


def dataset_id() -> str | None:
    """Return the dataset that the address names."""
    return st.query_params.get(DATASET)


def case() -> str | None:
    """Return the case that the address names, by its decision."""
    return st.query_params.get(CASE)


def address(
    *, project: str | None = None, model: str | None = None, dataset: str | None = None, case: str | None = None
) -> dict[str, str]:
    """Return the part of an address that names what a page is about."""
    named = {PROJECT: project, MODEL: model, DATASET: dataset, CASE: case}
    return {name: value for name, value in named.items() if value}


def remember(key: str, value: Any) -> None:
    """Keep a value for this tab until it is forgotten."""
    st.session_state[key] = value


def recall(key: str, default: Any = None) -> Any:
    """Return what was remembered."""
    return st.session_state.get(key, default)


def begin(key: str, value: Any) -> None:
    """Give a widget of that key its first value, unless it has one."""
    st.session_state.setdefault(key, value)


def forget(*keys: str) -> None:
    """Drop what was remembered."""
    for key in keys:
        st.session_state.pop(key, None)


def bump(key: str) -> None:
    """Give the widgets that are named after ``generation(key)`` a new name, so that they start afresh."""
    st.session_state[f"generation:{key}"] = generation(key) + 1


def generation(key: str) -> int:
    """Return how often ``bump`` was called."""
    return int(st.session_state.get(f"generation:{key}", 0))


def turned_to(page: str) -> None:
    """Notice which page is drawn: ``generation(PAGE)`` grows whenever it is another one than before."""
    if recall(PAGE) != page:
        remember(PAGE, page)
        bump(PAGE)


def say_next(text: str) -> None:
    """Say something once, at the top of the page that comes next."""
    st.session_state["said"] = text


def said() -> str | None:
    """Return what is to be said, once."""
    text: str | None = st.session_state.pop("said", None)
    return text
