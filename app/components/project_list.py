"""The projects on the start page: as rows, what runs, what wants attention, and the way for those who begin."""

from collections.abc import Sequence

import streamlit as st

from app import resources, state, wizard
from app.components import frame
from app.components import job as job_view
from app.components.boundary import boundary
from app.wizard import Place, Standing, Step
from app.wording import KINDS, STAGES, plain, short, since
from app.workflow import erasing, exporting, importing, projects
from app.workflow.views import ProjectView, VersionRow
from engine.domain.run import JobState
from engine.domain.version import Stage
from engine.problem.words import counted

WAY = (
    ("way-1", "Bring a table", "One row per case. Handrail says how it understood each column, and you correct it."),
    ("way-2", "Fix what would spoil it", "Columns that give the answer away, people standing on both sides, and more."),
    ("way-3", "Use a model you understand", "How good, for whom, and why; reviewed, then running behind an address."),
)


def welcome() -> None:
    """Show the way to those who have no project yet."""
    st.title("From a table to a prediction you can defend", anchor=False)
    st.markdown("Three things happen on the way. The sample shows them in five minutes, with a table we made for it.")
    st.space("small")
    for column, (picture, title, text) in zip(st.columns(3, gap="large"), WAY, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.image(frame.ASSETS / f"{picture}.svg", width="stretch", alt="")
            st.markdown(f"**{title}**")
            st.caption(text)


def show(every: Sequence[ProjectView]) -> None:
    """Show projects as rows, the one touched last first; those that were put away are folded."""
    _rows([project for project in every if not project.archived])
    away = [project for project in every if project.archived]
    if away:
        with st.expander(f"{counted(len(away), 'project')} put away", icon=":material/inventory_2:"):
            _rows(away)


def _rows(every: Sequence[ProjectView]) -> None:
    for project in every:
        made = wizard.places(project)
        step = wizard.furthest(made)
        with st.container(border=True):
            name, reached, waits, touched = st.columns([3.2, 2, 3, 1.3], vertical_alignment="center")
            with name:
                st.page_link(
                    frame.path(step),
                    label=f"**{plain(short(project.name, 60))}**",
                    icon=":material/arrow_forward:",
                    query_params=frame.address(step, project.id, project.version),
                )
            reached.markdown(f"Step {list(Step).index(step) + 1} of 8: {step.value.title()}")
            waits.caption(_waits(project, made[step]))
            with touched, st.container(horizontal=True, vertical_alignment="center"):
                st.caption(since(project.touched_at))
                _more(project)


def _more(project: ProjectView) -> None:
    """Offer to put a project away, to export it and to erase it."""
    with st.popover(":material/more_vert:", type="tertiary", help="Put away, export or erase"):
        label = "Take out again" if project.archived else "Put away"
        if st.button(label, key=f"archive:{project.id}", help="Nothing of it is lost; it is folded away here."):
            with boundary():
                erasing.archive(resources.home(), project.id, archived=not project.archived)
                st.rerun()
        st.download_button(
            "Export it",
            lambda: exporting.content(resources.home(), project.id),
            file_name=f"{project.id}.handrail",
            mime="application/zip",
            icon=":material/download:",
            key=f"export:{project.id}",
            on_click="ignore",
            help="One file with all that led to its models and what they decided. It holds the project's tables and "
            "the values of cases left to people: keep it as you keep those. Keys of applications stay here.",
        )
        gone = erasing.decided(resources.home(), project.id)
        st.markdown(
            "**Erase it for good**: its models, releases, reviews and scored files, what it decided, and the cases "
            f"left to people with their answers ({gone.waiting:,} waiting, {gone.answered:,} answered), and its table "
            "where no other project uses it. Copies that you made elsewhere stay."
        )
        named = st.text_input("Type its name to erase it", key=f"named:{project.id}")
        if st.button("Erase it", key=f"erase:{project.id}", disabled=(named or "").strip() != project.name):
            with boundary():
                erased = erasing.erase(resources.home(), project.id)
                tables = f", with {counted(len(erased), 'table')}" if erased else ""
                state.say_next(f"{project.name} is erased{tables}.")
                st.rerun()


def bring() -> None:
    """Offer to take in a project's file."""
    with st.popover("Import a project", icon=":material/upload:", type="tertiary"):
        file = st.file_uploader(
            "A file that “Export it” or `handrail export` wrote",
            key=f"import:{state.generation('import')}",
            help="What was exported here comes back whole. From elsewhere come tables, evidence, cards and reviews; "
            "models are code, and only what was sealed here is opened: `handrail reproduce` fits them again.",
        )
        if file is not None:
            with boundary():
                came = importing.bring_upload(resources.home(), file, file.name)
                state.bump("import")
                state.say_next(" ".join((f"{came.project} is here.", *came.notes, *_again(came))))
                st.rerun()


def _again(came: importing.Brought) -> list[str]:
    if came.own or not came.models:
        return []
    return [f"Its models are not opened before they are fitted again here: handrail reproduce {came.models[-1]}"]


def running(every: Sequence[ProjectView]) -> None:
    """Show the jobs that run now; polls only while one does."""
    if not any(project.jobs for project in every):
        return
    names = {project.id: project.name for project in every}

    @st.fragment(run_every=2.0)
    def live() -> None:
        with boundary():
            now = [job for project in projects.every(resources.home()) for job in project.jobs]
            if not now:
                st.rerun()
            for job in now:
                name = plain(short(names.get(job.project_id or "", "?"), 40))
                st.progress(job_view.share(job), text=f"**{name}** · {job_view.headline(job)}")

    live()
    st.space("small")


def attention(versions: Sequence[VersionRow]) -> None:
    """Name the models that wait for somebody."""
    for row in versions:
        if row.stage in {Stage.IN_REVIEW, Stage.RETURNED}:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.badge(STAGES[row.stage], icon=":material/rate_review:", color="orange")
                st.page_link(
                    frame.MODEL, label=f"{plain(row.reference)}", query_params=state.address(model=row.reference)
                )


def _waits(project: ProjectView, place: Place) -> str:
    step = place.step
    if project.jobs:
        return f"{KINDS[project.jobs[0].kind]}…"  # how far it is stands above, and moves
    if project.run_state is JobState.FAILED and step is Step.TRAIN:
        return "The last training failed."
    if step is Step.CHECKS and project.open_blockers:
        return f"{counted(project.open_blockers, 'finding')} to fix or to keep with a reason"
    if project.released and place.standing is Standing.DONE:
        own = f"{plain(project.version)} is {STAGES[project.stage or Stage.LIVE].lower()}"
        return own if project.live in {None, project.version} else f"{plain(project.live)} is live, {own}"
    waits = {
        Step.DATA: "Waits for a table",
        Step.QUESTION: "Waits for a question",
        Step.CHECKS: "Waits for its check",
        Step.TRAIN: "Ready to train",
        Step.UNDERSTAND: "A model is trained: see how good it is",
        Step.DECIDE: "Decide what to do with its answers",
        Step.REVIEW: "Waits for a review",
        Step.RELEASE: "Approved: ready to release",
    }
    return plain(place.why) if place.standing is Standing.CHANGED else waits[step]
