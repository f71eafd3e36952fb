"""Parts of the data in which the model is worth little, beside all the rest."""

from collections.abc import Sequence

import streamlit as st

from app.components import pictures
from app.wording import METRICS, drawn, plain
from engine.domain.evidence import Evidence, Slice
from engine.problem.metric import label_of
from engine.problem.words import counted, rounded

OFF_BY = "off by, on average (MAE)"


def show(evidence: Evidence) -> None:
    """Show each weak part as a sentence, and all of them as pairs of points."""
    if not evidence.slices:
        st.markdown("No part of the data was found in which it is clearly weaker than elsewhere.")
        return
    for part in evidence.slices:
        st.markdown(f"**{plain(part.sentence)}**", help=METRICS.get(part.metric, ("", ""))[0] or None)
    for name in dict.fromkeys(part.metric for part in evidence.slices):
        _compared([part for part in evidence.slices if part.metric == name], name)
    st.caption(
        f"Found on other rows, and confirmed on the {counted(evidence.score.rows, 'test row')}. Leave such cases to a "
        "person, or bring more of them."
    )


def _compared(parts: Sequence[Slice], name: str) -> None:
    # A condition a line, so that none is cut off; the first sentence's part on top.
    labels = ["<br>and ".join(drawn(condition, 44) for condition in part.conditions) for part in parts]
    figure = pictures.blank(height=110 + 52 * len(parts), x=OFF_BY if name == "mae" else label_of(name))
    for values, color, word in (
        ([part.elsewhere for part in parts], pictures.BASELINE, "elsewhere"),
        ([part.value for part in parts], pictures.MODEL, "there"),
    ):
        figure.add_scatter(
            x=values, y=labels, mode="markers+text", text=[rounded(v) for v in values], textposition="top center",
            marker={"size": 13, "color": color}, name=word, hovertemplate=f"{word}: %{{x:.4f}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.2})
    figure.update_yaxes(type="category", range=[len(parts) - 0.4, -0.8])
    numbers = [
        {"part": " and ".join(p.conditions), "rows": p.rows, label_of(name): p.value, "elsewhere": p.elsewhere}
        for p in parts
    ]
    pictures.show(figure, alt="Weak parts beside the rest", key=f"slices_{name}", numbers=numbers)
