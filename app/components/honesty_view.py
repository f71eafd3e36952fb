"""What a random test would have promised, beside the honest one: unfolded where that is more than it holds."""

from typing import Any

import streamlit as st

from app.components import pictures
from app.wording import drawn, plain, short
from engine.domain.evidence import Evidence, Honesty, best
from engine.domain.problem import Problem
from engine.problem.metric import label_of
from engine.problem.words import counted, rounded

PROMISED, HONEST, OURS = "A random test promises", "The honest test shows", "This model, honestly tested"
KEPT = "This model, tested as you chose"


def show(evidence: Evidence, problem: Problem) -> None:
    """Show how far a random test is from an honest one; nothing where both are the same."""
    found = evidence.honesty
    if found is None:
        return
    with st.expander(f"**{plain(found.sentence)}**", icon=":material/balance:", expanded=found.far):
        _compared(evidence, problem, found)


def _compared(evidence: Evidence, problem: Problem, found: Honesty) -> None:
    st.markdown(_why(found))
    title = "A quick model would look better than it works" if found.far else "Here an honest test costs nothing"
    if found.far and found.standing:
        title = "Your model looks better than it will work"
    rows = _rows(evidence, found, problem)
    name = label_of(found.metric)
    better = "higher" if found.greater_is_better else "lower"
    figure = pictures.blank(height=70 + 44 * len(rows), x=f"{name} ({better} is better)")
    for label, value, color, symbol in reversed(rows):
        figure.add_scatter(
            x=[value],
            y=[label],
            mode="markers+text",
            text=[f"<b>{rounded(value)}</b>"],
            textposition="middle right",
            cliponaxis=False,
            marker={"size": 14, "color": color, "symbol": symbol},
            hovertemplate=f"%{{x:.4f}}, {label}<extra></extra>",
        )
    if found.far:
        figure.add_scatter(
            x=[found.promised, found.honest],
            y=[PROMISED, HONEST],
            mode="lines",
            line={"color": pictures.FAINT, "width": 3},
            hoverinfo="skip",
        )
    figure.update_yaxes(type="category", range=[-0.5, len(rows) - 0.4])
    figure.update_layout(
        title={"text": f"<b>{title}</b>", "font": {"size": 15}}, margin={"t": 44, "r": pictures.BESIDE}
    )
    numbers: list[dict[str, Any]] = [{"": label, name: value} for label, value, *_ in rows]
    pictures.show(
        figure,
        alt=f"{title}: " + ", ".join(f"{label} {rounded(value)}" for label, value, *_ in rows),
        key="honesty",
        numbers=numbers,
    )


def _why(found: Honesty) -> str:
    names = ", ".join(f"‘{short(name, 30)}’" for name in found.columns[:3])
    more = f" and {len(found.columns) - 3} more" if len(found.columns) > 3 else ""
    leaks = f", with {plain(names)}{more} left in" if found.columns else ""
    return (
        f"Both figures are a quick model's, with the same rows and effort: once tested on "
        f"rows drawn at random{leaks}, once the honest way, on {counted(found.rows, 'row')}."
    )


def _rows(evidence: Evidence, found: Honesty, problem: Problem) -> list[tuple[str, float, str, str]]:
    """Return what stands in the picture, from the top: label, value, colour and symbol."""
    ours = evidence.score
    rows = [
        (PROMISED, found.promised, pictures.AGAINST, "circle-open"),
        (HONEST, found.honest, pictures.MODEL, "circle-open"),
        (KEPT if found.standing else OURS, ours.value, pictures.MODEL, "circle"),
    ]
    today = next((b for b in evidence.baselines if b.name == "today"), None)
    rival = today or best(evidence.baselines, problem.metric)
    if rival is not None:
        color = pictures.TODAY if rival.name == "today" else pictures.BASELINE
        rows.append((drawn(rival.label[:1].upper() + rival.label[1:], 44), rival.value, color, "diamond"))
    return rows
