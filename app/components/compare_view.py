"""Two versions side by side: what changed, and whether one is surely better."""

import streamlit as st

from app import resources
from app.components.boundary import boundary
from app.components.frame import section
from app.wording import plain
from app.workflow import comparing, registry
from app.workflow.comparing import Compared, Line
from app.workflow.views import VersionView
from engine.problem.words import counted

_WIDE = 50  # letters that a cell shows


def choose(shown: VersionView) -> None:
    """Let a person choose the version to compare with: first the live one, else the one before."""
    home = resources.home()
    found = comparing.others(home, shown)
    if not found:
        st.info("There is no other version of this model to compare it with yet.", icon=":material/compare_arrows:")
        return
    first = comparing.other(home, shown) or found[0]
    chosen = st.selectbox("Compare with", found, index=found.index(first), key=f"against:{shown.id}", width=320)
    with boundary():
        side_by_side(resources.compared(home, shown, registry.show(home, chosen or first)))


def since_live(shown: VersionView) -> None:
    """Show what changed since the version that is live, or since the one before; nothing for a first version."""
    home = resources.home()
    before = comparing.other(home, shown)
    if before is not None and before != shown.reference:
        section(f"What changed since {plain(before)}")
        with boundary():
            side_by_side(resources.compared(home, shown, registry.show(home, before)))


def side_by_side(compared: Compared) -> None:
    """Show the score's sentence, then each part: what changed first, what did not folded away."""
    icon = ":material/balance:"
    if compared.faced is not None:
        low, high = compared.faced.difference
        icon = ":material/trending_up:" if low > 0 else ":material/trending_down:" if high < 0 else icon
    st.markdown(f"{icon} **{plain(compared.score)}**")
    if not compared.changes:
        st.markdown("Nothing else differs between them.")
    for title, lines in compared.parts:
        changed = [line for line in lines if line.changed]
        if changed:
            st.markdown(f"**{title}**")
            _table(compared, changed)
    same = [title for title, lines in compared.parts if lines and not any(line.changed for line in lines)]
    if same:
        st.caption(f":material/check: The same in both: {', '.join(title.lower() for title in same)}.")
    kept = [line for _, lines in compared.parts for line in lines if not line.changed]
    if kept:
        with st.expander(f"{counted(len(kept), 'thing')} that did not change"):
            st.table({plain(line.what): plain(line.ours) for line in kept}, border="horizontal")


def _table(compared: Compared, lines: list[Line]) -> None:
    if any(len(text) > _WIDE for line in lines for text in (line.ours, line.theirs)):  # whole sentences, unshortened
        sides = (compared.theirs, compared.ours)
        cells = [(line.what, line.theirs, line.ours) for line in lines]
        st.table([dict(zip(("", *map(plain, sides)), map(plain, row), strict=True)) for row in cells],
                 border="horizontal")  # fmt: skip
        return
    st.dataframe(
        [{"": line.what, compared.theirs: line.theirs, compared.ours: line.ours} for line in lines],
        hide_index=True,
        height=38 + 35 * min(len(lines), 12),
        column_config={"": st.column_config.TextColumn(width=220)},
        alt=f"What differs between {compared.theirs} and {compared.ours}",
    )
