"""Treating groups more alike: every candidate a point, the difference it leaves against what its mistakes cost."""

from collections.abc import Sequence
from typing import Any

from app.components import pictures
from app.wording import drawn
from engine.domain.fair import Mitigation, Mitigations
from engine.policy.fair_measure import WORDS
from engine.problem.words import percent

ONE = "one threshold for all"


def show(found: Mitigations, *, others: Sequence[Mitigation] = (), chosen: Mitigation | None = None, key: str) -> None:
    """Draw the candidates with their intervals; ``others`` are models trained in another way.

    One point alone compares nothing, so it is not drawn.
    """
    if len(found.candidates) + len(others) < 2:
        return
    unit = "cost of mistakes per 1,000 cases" if found.money else "mistakes per 1,000 cases, in missed cases"
    across = f"difference in {WORDS[found.measure]}"
    figure = pictures.blank(height=300, x=across, y=unit)
    one, *ways = found.candidates
    for points, color, symbol in (
        (ways, pictures.MODEL, "circle"),
        (list(others), pictures.GROUPS[0], "diamond"),
        ([one], pictures.TODAY, "circle"),
    ):
        named = [c.label or ((f"this model, {ONE}" if others else ONE) if c is one else "") for c in points]
        figure.add_scatter(
            x=[c.gap for c in points],
            y=[c.cost for c in points],
            mode="markers+text",
            text=[f"<b>{drawn(name, 40)}</b>" if name else "" for name in named],
            textposition="bottom right" if points and points[0].label else "top right",  # beside its whiskers
            cliponaxis=False,
            marker={
                "size": [17 if c == chosen else 11 for c in points],
                "color": color,
                "symbol": symbol,
                "line": {"width": [3 if c == chosen else 0 for c in points], "color": pictures.ink()},
            },
            error_x=_whiskers([(c.gap, c.gap_interval) for c in points], color),
            error_y=_whiskers([(c.cost, c.cost_interval) for c in points], color),
            customdata=[name or f"act on {_thresholds(c)}" for c, name in zip(points, named, strict=True)],
            hovertemplate="%{customdata}<br>difference %{x:.1%}, cost %{y:,.4g}<extra></extra>",
        )
    most = max(c.gap_interval[1] if c.gap_interval else c.gap for c in (*found.candidates, *others))
    figure.update_xaxes(tickformat=".0%", range=[-0.05 * most - 0.01, most * 1.15 + 0.01])
    numbers = [_row(c, unit, across) for c in (*found.candidates, *others)]
    alt = f"{unit} against the {across}, by {found.column}"
    pictures.show(figure, alt=alt, key=key, numbers=numbers)


def _whiskers(points: Sequence[tuple[float, tuple[float, float] | None]], color: str) -> dict[str, Any]:
    return {
        "array": [(between[1] - at) if between else 0 for at, between in points],
        "arrayminus": [(at - between[0]) if between else 0 for at, between in points],
        "width": 3,
        "thickness": 1,
        "color": color,
    }


def _row(way: Mitigation, unit: str, across: str) -> dict[str, Any]:
    gap, cost = way.gap_interval or (None, None), way.cost_interval or (None, None)
    return {
        "way": drawn(way.label or _thresholds(way), 200),
        across: way.gap,
        "from": gap[0],
        "to": gap[1],
        unit: way.cost,
        "cost from": cost[0],
        "cost to": cost[1],
        "picked": way.picked,
        "found": way.found,
    }


def _thresholds(way: Mitigation) -> str:
    return ", ".join(f"‘{drawn(name, 24)}’ from {percent(min(at, 1.0))}" for name, at in way.thresholds.items())
