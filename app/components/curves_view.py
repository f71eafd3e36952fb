"""Curves: how it ranks, whether its probabilities can be taken at their word, how far off its numbers are."""

import streamlit as st

from app.components import pictures
from app.wording import drawn, plain, short
from engine.domain.evidence import Curve, Evidence
from engine.domain.problem import Problem
from engine.problem.words import percent, rounded

RANKING = {
    "roc": ("Found against false alarms", "ROC curve: cases found against false alarms, over all thresholds."),
    "precision_recall": ("Right against found", "Precision-recall curve, over all thresholds."),
}
NEARLY_ALL = 0.9

_MOVED = (
    "*Recalibration*: a curve that only rises, found on the choose rows and kept with the model. Scores, thresholds, "
    "reasons and the service all use the moved chances."
)


def ranking(evidence: Evidence, problem: Problem) -> None:
    """Show one of the curves of a yes/no question."""
    known = {curve.name: curve for curve in evidence.curves if curve.name in RANKING}
    if not known:
        return
    names = [name for name in RANKING if name in known]
    chosen = st.segmented_control(
        "Curve", names, default=names[0], format_func=lambda n: RANKING[n][0], key="curve", required=True
    )
    curve = known[chosen or names[0]]
    st.caption(RANKING[curve.name][1])
    figure = _axes(curve, 320)
    figure.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="lines",
        line={"color": pictures.MODEL, "width": 3},
        hovertemplate="%{x:.0%}, %{y:.0%}<extra></extra>",
    )
    if curve.name != "precision_recall":
        figure.add_scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines+text",
            text=["", "at random"],
            textposition="bottom left",
            line={"color": pictures.BASELINE, "dash": "dot"},
            hoverinfo="skip",
        )
    figure.update_xaxes(tickformat=".0%", range=[0, 1.01])
    figure.update_yaxes(tickformat=".0%", range=[0, 1.03])
    pictures.show(figure, alt=RANKING[curve.name][1], key=f"curve:{curve.name}", numbers=_numbers(curve))


def calibration(evidence: Evidence, problem: Problem) -> None:
    """Show whether what it gives 20 % happens in 20 % of the cases."""
    curve = next((c for c in evidence.curves if c.name == "calibration"), None)
    if curve is None or not curve.x:
        return
    with st.expander(f"**{_taken_at_its_word(curve, problem)}**", icon=":material/percent:"):
        _calibrated(evidence, problem, curve)


def _calibrated(evidence: Evidence, problem: Problem, curve: Curve) -> None:
    st.caption(
        "Where the line follows the dotted one, what it gives 20 % happens in 20 % of the cases. The term of art: "
        "*calibration*."
    )
    if evidence.recalibration is not None:
        st.caption(plain(evidence.recalibration.sentence), help=_MOVED)
    figure = _axes(curve, 300)
    top = min(1.0, max(*curve.x, *curve.y) * 1.12)
    figure.add_scatter(
        x=[0, top], y=[0, top], mode="lines", line={"color": pictures.BASELINE, "dash": "dot"}, hoverinfo="skip"
    )
    rows = curve.weight or tuple(0.0 for _ in curve.x)
    figure.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="lines+markers",
        customdata=rows,
        marker={"size": 9, "color": pictures.MODEL},
        line={"color": pictures.MODEL, "width": 2},
        hovertemplate="it said %{x:.1%}, it was so in %{y:.1%}<br>%{customdata:,.0f} rows<extra></extra>",
    )
    figure.update_xaxes(tickformat=".0%", range=[0, top])
    figure.update_yaxes(tickformat=".0%", range=[0, top])
    pictures.show(figure, alt=_taken_at_its_word(curve, problem), key="calibration", numbers=_numbers(curve))


def _taken_at_its_word(curve: Curve, problem: Problem) -> str:
    total = sum(curve.weight) or 1
    off = sum(abs(x - y) * w for x, y, w in zip(curve.x, curve.y, curve.weight, strict=True)) / total
    at = max(range(len(curve.x)), key=lambda i: abs(curve.x[i] - curve.y[i]))
    word = "can be taken at their word" if off < 0.03 else "are roughly right" if off < 0.08 else "are off"
    came = f"it was “{plain(short(problem.positive, 30))}”" if problem.positive else "its likeliest answer was right"
    return (
        f"Its probabilities {word}: at worst, where it said {percent(curve.x[at])}, {came} in {percent(curve.y[at])}."
    )


def residuals(evidence: Evidence) -> None:
    """Show how far off the numbers are, and whether small and large ones are equally good."""
    histogram = next((c for c in evidence.curves if c.name == "residuals"), None)
    if histogram is not None and histogram.x:
        if told := _nine_of_ten(evidence):
            st.markdown(f"**{told}**")
        figure = _axes(histogram, 280)
        beyond = ["and everything below", *("" for _ in histogram.x[2:]), "and everything above"]
        figure.add_bar(
            x=histogram.x,
            y=histogram.y,
            customdata=beyond,
            marker={"color": pictures.MODEL},
            hovertemplate="%{x:.4g} %{customdata}: %{y:,} rows<extra></extra>",
        )
        figure.update_layout(bargap=0.08)
        numbers = [row | {"holds": more} for row, more in zip(_numbers(histogram), beyond, strict=True)]
        pictures.show(figure, alt="How far off the answers are", key="residuals", numbers=numbers)
        st.caption("The first and the last bar hold everything beyond: the few answers that are off by more.")
    pairs = next((c for c in evidence.curves if c.name == "predicted_vs_actual"), None)
    if pairs is not None and pairs.x:
        st.markdown("**What it says against what was so, from small to large**")
        figure = _axes(pairs, 300)
        low, high = min(*pairs.x, *pairs.y), max(*pairs.x, *pairs.y)
        figure.add_scatter(
            x=[low, high],
            y=[low, high],
            mode="lines",
            line={"color": pictures.BASELINE, "dash": "dot"},
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=pairs.x,
            y=pairs.y,
            mode="lines+markers",
            marker={"size": 9, "color": pictures.MODEL},
            hovertemplate="it said %{x:.4g}, it was %{y:.4g}<extra></extra>",
        )
        pictures.show(figure, alt="Mean answer against mean truth", key="pairs", numbers=_numbers(pairs))


def _nine_of_ten(evidence: Evidence) -> str:
    """Say how far off nearly all answers are, counted on the test rows, which the picture shows too."""
    within = next((c for c in evidence.curves if c.name == "within"), None)
    off = within.where(NEARLY_ALL) if within else None
    return "" if off is None else f"Nine out of ten answers are at most {rounded(off)} off."


def _axes(curve: Curve, height: int):  # type: ignore[no-untyped-def]
    return pictures.blank(height=height, x=drawn(curve.x_label, 60), y=drawn(curve.y_label, 60))


def _numbers(curve: Curve) -> list[dict[str, float]]:
    rows = [{curve.x_label or "x": x, curve.y_label or "y": y} for x, y in zip(curve.x, curve.y, strict=True)]
    for row, weight in zip(rows, curve.weight, strict=False):
        row["rows"] = weight
    return rows
