"""How good a model is and where it fails: a finding, one picture, more folded."""

from typing import Any

import streamlit as st

from app.components import curves_view, pictures, slices_view
from app.components.frame import section
from app.wording import METRICS, drawn, plain, short
from engine.domain.evidence import LOWER, Baseline, Confusion, Estimate, Evidence, best
from engine.domain.problem import Problem, Task
from engine.evidence.card_measured import simple_ways
from engine.problem.metric import decided_at, label_of
from engine.problem.words import alike, between, counted, ends, percent, rounded

CHANCES = "Expected calibration error: how far its probabilities are off on average."


def headline(evidence: Evidence, problem: Problem) -> None:
    """Say on top how good it is; where it beats nothing, say that first and offer the simpler way."""
    rival = best(evidence.baselines, problem.metric)
    if rival is None or rival.difference is None or rival.difference[0] > 0:
        picked = "As many are picked here as there are cases; how many are acted on is set in the step Decide."
        is_yes_no = problem.task is Task.BINARY
        st.markdown(f"#### {plain(evidence.headline)}", anchors=False, help=picked if is_yes_no else None)
        return
    st.warning(plain(evidence.headline), icon=":material/balance:")
    rule = f": {plain(rival.rule)}" if rival.rule else ""
    needless = "" if rival.name == "linear" else "**You do not need machine learning for this.** "
    st.markdown(
        f"{needless}Using {plain(rival.label)} instead is an honest result{rule}. Or go back and search longer, bring "
        "more rows, or bring columns that say more."
    )


def how_good(evidence: Evidence, problem: Problem) -> None:
    """Show the score with its interval beside the simpler ways."""
    score, name = evidence.score, label_of(problem.metric)
    ours, least, most, *simple = alike(score.value, *score.interval, beside=[b.value for b in evidence.baselines])
    words, term = METRICS.get(problem.metric, (name, name))
    section(
        "How good",
        f"Judged by {words}: **{ours}** ({least} to {most} with other rows of the same kind), "
        f"on {counted(score.rows, 'row')} it had never seen.",
        help=term,
    )
    rival, today = (
        best(evidence.baselines, problem.metric),
        next((b for b in evidence.baselines if b.name == "today"), None),
    )
    if rival:
        st.markdown(f"**{_against(evidence, rival, name)}**")
    if today and today != rival:
        st.markdown(_against(evidence, today, name))
    figure = pictures.blank(height=80 + 38 * (1 + len(evidence.baselines)), x=f"{name} ({_direction(problem.metric)})")
    rows = [*zip(evidence.baselines, simple, strict=True)]
    for baseline, said in rows:
        color = pictures.TODAY if baseline.name == "today" else pictures.BASELINE
        figure.add_scatter(
            x=[baseline.value],
            y=[drawn(_first_up(baseline.label), 44)],
            mode="markers+text",
            text=[said],
            textposition="middle right",
            cliponaxis=False,
            marker={"size": 12, "color": color, "symbol": "diamond"},
            hovertemplate=f"%{{x:.4f}}<br>{drawn(baseline.rule, 90)}<br>{_ahead(baseline)}<extra></extra>",
        )
    low, high = score.interval
    figure.add_scatter(
        x=[score.value],
        y=["<b>This model</b>"],
        mode="markers+text",
        text=[f"<b>{ours}</b>"],
        textposition="top center",
        marker={"size": 14, "color": pictures.MODEL},
        error_x={"array": [high - score.value], "arrayminus": [score.value - low], "color": pictures.MODEL, "width": 6},
        hovertemplate=f"%{{x:.4f}}, 95 % interval {low:.4f} to {high:.4f}<extra></extra>",
    )
    figure.update_yaxes(type="category", range=[-0.5, len(rows) + 0.75])
    figure.update_layout(margin={"r": pictures.BESIDE})
    numbers: list[dict[str, Any]] = [
        {"": "This model", name: score.value, "from": low, "to": high, "the model is": "", "rule": ""}
    ]
    numbers += [
        {"": b.label, name: b.value, "from": None, "to": None, "the model is": _ahead(b), "rule": b.rule}
        for b in evidence.baselines
    ]
    alt = f"{name} of this model {ours}, beside " + ", ".join(f"{b.label} {said}" for b, said in rows)
    pictures.show(figure, alt=alt, key="scores", numbers=numbers)
    _more(evidence, problem)


def _more(evidence: Evidence, problem: Problem) -> None:
    with st.expander("More figures and curves", icon=":material/query_stats:"):
        others = [_figure(estimate, problem) for estimate in evidence.others]
        if evidence.learn_score is not None:
            what = "the same score on the rows it learned from; much better there means it learned by heart"
            others.append(
                {
                    "Figure": f"{label_of(problem.metric)}, learned rows",
                    "Value": rounded(evidence.learn_score),
                    "95 % interval": "",
                    "It says": what,
                }
            )
        st.dataframe(others, hide_index=True, alt="More figures on the test rows")
        looks = evidence.test_looks
        seen = f"The test rows were looked at {'once' if looks == 1 else f'{looks} times'}."
        st.caption(f"{seen} {simple_ways(evidence)}".rstrip())
        curves_view.ranking(evidence, problem)


def where_it_fails(evidence: Evidence, problem: Problem) -> None:
    """Show the mistakes, and whether its probabilities can be taken at their word."""
    section("Where it fails")
    slices_view.show(evidence)
    if evidence.confusion is not None:
        with st.expander(f"**{_mistakes(evidence.confusion, problem)}**", icon=":material/grid_on:"):
            if evidence.expected_cost is not None:
                st.caption(
                    "By the most probable answer; decided is for the one whose mistakes are expected to cost least."
                )
            _table(evidence.confusion, problem)
    curves_view.residuals(evidence)
    curves_view.calibration(evidence, problem)


def _mistakes(confusion: Confusion, problem: Problem) -> str:
    counts = confusion.counts
    if problem.task is Task.BINARY:
        positive = plain(short(problem.positive or "yes", 30))
        picked, real = counts[0][1] + counts[1][1], counts[1][0] + counts[1][1]
        return (
            f"As it is set to act, it finds {counts[1][1]:,} of the {real:,} cases that are “{positive}”; "
            f"of the {picked:,} it picks, {counts[1][1]:,} are right."
        )
    missed = [
        (counts[i][j], confusion.classes[i], confusion.classes[j])
        for i in range(len(counts))
        for j in range(len(counts))
        if i != j
    ]
    often, actual, predicted = max(missed, default=(0, "", ""))
    return (
        f"Its most frequent mistake: saying “{plain(short(predicted, 30))}” where it is "
        f"“{plain(short(actual, 30))}” ({counted(often, 'time')})."
    )


def _table(confusion: Confusion, problem: Problem) -> None:
    classes = [drawn(c, 20) for c in confusion.classes]
    totals = [max(1, sum(row)) for row in confusion.counts]
    shares = [[count / total for count in row] for row, total in zip(confusion.counts, totals, strict=True)]
    text = [
        [f"{count:,}<br>{percent(share)}" for count, share in zip(row, line, strict=True)]
        for row, line in zip(confusion.counts, shares, strict=True)
    ]
    figure = pictures.blank(
        height=110 + 56 * len(classes),
        x=f"the model says ({drawn(problem.target)})",
        y=f"really is ({drawn(problem.target)})",
    )
    figure.add_heatmap(
        z=shares,
        x=classes,
        y=classes,
        text=text,
        colorscale=[[0, "rgba(13,148,136,0.04)"], [1, "rgba(13,148,136,0.5)"]],
        showscale=False,
        xgap=3,
        ygap=3,
        hovertemplate="really %{y}, said %{x}: %{text}<extra></extra>",
    )
    if len(classes) <= 10:  # a trace of its own, so that its colour fits light and dark
        cells = [(x, y, text[j][i]) for j, y in enumerate(classes) for i, x in enumerate(classes)]
        xs, ys, words = zip(*cells, strict=True)
        figure.add_scatter(x=xs, y=ys, text=words, mode="text", hoverinfo="skip", textfont={"color": pictures.ink()})
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_xaxes(type="category", showgrid=False)
    numbers = [
        {"really": actual, "said": predicted, "rows": confusion.counts[i][j], "share": shares[i][j]}
        for i, actual in enumerate(confusion.classes)
        for j, predicted in enumerate(confusion.classes)
    ]
    pictures.show(figure, alt="Rows by real answer and by what the model says", key="confusion", numbers=numbers)


def _figure(estimate: Estimate, problem: Problem) -> dict[str, str]:
    value, low, high = alike(estimate.value, *estimate.interval)
    says = METRICS.get(estimate.metric, (CHANCES, ""))[0]
    name = label_of(estimate.metric) + decided_at(estimate.metric, problem.task)
    return {"Figure": name, "Value": value, "95 % interval": f"{low} to {high}", "It says": says}


def _against(evidence: Evidence, rival: Baseline, name: str) -> str:
    ours, theirs = alike(evidence.score.value, beside=[rival.value])
    low, high = rival.difference or (0.0, 0.0)
    word = "better than" if low > 0 else "worse than" if high < 0 else "not clearly better than"
    sure = f", {_ahead(rival)} (95 % interval)" if rival.difference else ""
    return f"It is {word} {plain(rival.label)}: {name} {ours} against {theirs}{sure}."


def _ahead(baseline: Baseline) -> str:
    """Say by how much the model is better or worse, compared row by row."""
    if baseline.difference is None:
        return ""
    low, high = baseline.difference
    if low > 0:
        return f"ahead by {between(low, high, 2)}"
    if high < 0:
        return f"behind by {between(-high, -low, 2)}"
    behind, ahead = ends(-low, high, 2)
    return f"between {behind} behind and {ahead} ahead"


def _direction(name: str) -> str:
    return "lower is better" if name in LOWER else "higher is better"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
