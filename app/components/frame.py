"""What stands around every screen: the bar on top, the stepper, the title, "Why this step", the next action."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources, state, wizard
from app.components.boundary import refused
from app.wizard import Place, Standing, Step
from app.wording import plain, short
from app.workflow import cases, projects, reviewing, wizarding
from app.workflow.views import ProjectView
from engine.errors import HandrailError

HOME, DATASETS, MODELS, REVIEWS, CASES, YOU, MODEL = (
    f"screens/{name}.py" for name in ("home", "datasets", "models", "reviews", "cases", "you", "model")
)
LIFE = "Its life"  # the part of a version's page that tells all that led to it
ASSETS = Path(__file__).parents[1] / "assets"
ICONS = {
    Standing.DONE: ":material/check_circle:",
    Standing.OPEN: ":material/radio_button_unchecked:",
    Standing.CLOSED: ":material/lock:",
    Standing.CHANGED: ":material/sync_problem:",
}
WORDS = {
    Standing.DONE: "Done.",
    Standing.OPEN: "Open.",
    Standing.CLOSED: "Closed.",
    Standing.CHANGED: "Changed since.",
}


def path(step: Step) -> str:
    """Return the page of a step, as ``st.switch_page`` takes it."""
    return f"steps/{step.value}.py"


def address(step: Step, project_id: str, version: str | None, *, earlier: bool = False) -> dict[str, str]:
    """Return what the address of a step names: of one that is about a model, also the version, for others to see it.

    The steps before tell of an ``earlier`` version that they have gone on since.
    """
    return state.address(project=project_id, model=version if earlier or step in wizard.ON_A_MODEL else None)


def navigation() -> "st.Page":
    """Register every page and show the bar on top; return the page that the address names."""
    user, waiting, left = "You", 0, 0
    with suppress(HandrailError):
        home = resources.home()
        user, waiting = home.settings.user, reviewing.waiting_count(home)
        left = cases.waiting_count(home)
    dark = st.context.theme.type == "dark"
    st.logo(ASSETS / ("logo-dark.svg" if dark else "logo.svg"), size="large")
    seen = [
        st.Page(HOME, title="Home", icon=":material/home:", default=True),
        st.Page(DATASETS, title="Data", icon=":material/table:", url_path="datasets"),
        st.Page(MODELS, title="Models", icon=":material/deployed_code:", url_path="models"),
        st.Page(
            REVIEWS,
            title=f"Reviews ({waiting})" if waiting else "Reviews",
            icon=":material/rate_review:",
            url_path="reviews",
        ),
        st.Page(CASES, title=f"Cases ({left})" if left else "Cases", icon=":material/inbox:", url_path="cases"),
        st.Page(YOU, title=short(user, 24), icon=":material/person:", url_path="you"),
    ]
    steps = [
        st.Page(path(step), title=f"{step.value.title()} · Handrail", url_path=step.value, visibility="hidden")
        for step in Step
    ]
    model = st.Page(MODEL, title="Model · Handrail", url_path="model", visibility="hidden")
    return st.navigation([*seen, *steps, model], position="top")


def say_what_happened() -> None:
    """Show, once, what the last action did."""
    if text := state.said():
        st.toast(plain(text), icon=":material/check:")


def open_step(step: Step, title: str, why: str) -> tuple[ProjectView, DeltaGenerator, DeltaGenerator]:
    """Draw the frame of a wizard step and return the project, the space for the step, and the slim one beside it.

    Where the address names no project, or the step is closed, it says what to do and ends the page.

    Parameters
    ----------
    step : Step
        Which one.
    title : str
        The one question of the screen.
    why : str
        Three sentences for those who want them, as Markdown of our own.
    """
    project, earlier = _project(step)
    made = wizard.places(project, contract_changed=wizarding.contract_changed(resources.home(), project))
    _heading(project)
    _stepper(project, made, earlier)
    place = made[step]
    if place.standing is Standing.CLOSED:
        _closed(project, place, made)
    main, aside = st.columns([3.4, 1], gap="large")
    with aside:
        beside = st.container()
        st.caption(f":material/help_outline: **Why this step**\n\n{why}")
    with main:
        st.header(title, anchor=False)
        if place.standing is Standing.CHANGED:
            st.warning(plain(place.why), icon=":material/sync_problem:")
    return project, main, beside


def action(label: str, *, closed: str = "", note: str = "", key: str = "primary") -> bool:
    """Show the one primary button, always in the same place, and return whether it was pressed.

    Parameters
    ----------
    label : str
        What will happen.
    closed : str
        What opens the button, where it is closed; plain text.
    note : str
        What stands beside an open button; plain text.
    """
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button(label, type="primary", disabled=bool(closed), key=key)
        if said := closed or note:
            st.caption(f":material/lock: {plain(said)}" if closed else plain(said))
    return pressed


def go(step: Step, project_id: str) -> None:
    """Go to a step of a project, with the version that the page is about, else with the one it works on."""
    about = None if step is Step.UNDERSTAND else state.model()  # there one comes from a training: the present one
    version = about or projects.project(resources.home(), project_id).version
    st.switch_page(path(step), query_params=address(step, project_id, version))


def go_on(step: Step, project_id: str, label: str | None = None, *, closed: str = "", note: str = "") -> None:
    """Show the primary button that leads to ``step`` and go there where it was pressed."""
    if action(label or f"Go on: {step.value.title()}", closed=closed, note=note):
        go(step, project_id)


def section(title: str, text: str = "", help: str | None = None) -> None:
    """Begin a section: a heading and a sentence; both are Markdown of our own."""
    st.subheader(title, anchor=False, help=help)
    if text:
        st.markdown(text)


def _project(step: Step) -> tuple[ProjectView, str | None]:
    """Return the project that the address names, and the version if that is an earlier one.

    Where a step is about a model, the project is as it stands for the version, else as it stands now.
    """
    named, version = state.project_id(), state.model()
    if named is None and version is None:
        _nowhere("This page is about a project, and the address names none.", "Choose one from the start page.")
    try:
        if version is None:
            return projects.project(resources.home(), str(named)), None
        then, now = projects.of_version(resources.home(), version)
    except HandrailError as error:
        _nowhere(error.problem, error.fix)
        raise
    project = then if step in wizard.ON_A_MODEL else now
    if then.run_id == now.run_id:
        return project, None
    _gone_on(step, project, then, now)
    return project, then.version


def _gone_on(step: Step, project: ProjectView, then: ProjectView, now: ProjectView) -> None:
    """Say that an earlier version is shown, or that its project has gone on, and lead to the other one."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        other, earlier = plain(now.version) if now.version else "another training", plain(then.version)
        if project is now:
            st.info(
                f"This step shows its project as it stands now, with {other}: not what **{earlier}** was made of.",
                icon=":material/history:",
            )
            st.page_link(
                MODEL,
                label=f"What led to {earlier}",
                icon=":material/arrow_forward:",
                query_params={**state.address(model=then.version), state.SHOWN: LIFE},
            )
            return
        st.info(f"This is **{earlier}**. Its project works on {other} now.", icon=":material/history:")
        if now.version:
            st.page_link(
                path(step),
                label=f"To {other}",
                icon=":material/arrow_forward:",
                query_params=address(step, now.id, now.version),
            )


def _nowhere(problem: str, fix: str) -> None:
    refused(problem, fix)
    st.page_link(HOME, label="To the start page", icon=":material/arrow_back:")
    st.stop()


def _heading(project: ProjectView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {plain(short(project.name, 70))}", width="content", anchors=False)
        with st.popover(":material/edit:", type="tertiary", help="Give the project another name"):
            name = st.text_input("Name of the project", project.name, max_chars=120, key=f"name:{project.id}")
            if st.button("Rename") and name:
                projects.rename(resources.home(), project.id, name)
                st.rerun()


def _stepper(project: ProjectView, made: Mapping[Step, Place], earlier: str | None) -> None:
    with st.container(horizontal=True, gap="xsmall", key="stepper"):
        for number, (step, place) in enumerate(made.items(), 1):
            st.page_link(
                path(step),
                label=f"{number} {step.value.title()}",
                icon=ICONS[place.standing],
                help=f"{WORDS[place.standing]} {place.why}".strip(),
                disabled=place.standing is Standing.CLOSED,
                query_params=address(step, project.id, earlier or project.version, earlier=earlier is not None),
            )
    st.space("xsmall")


def _closed(project: ProjectView, place: Place, made: Mapping[Step, Place]) -> None:
    st.header(f"{place.step.value.title()} is still closed", anchor=False)
    st.info(place.why, icon=":material/lock:")
    go_on(wizard.furthest(made), project.id)
    st.stop()
