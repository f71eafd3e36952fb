"""Wizard step: the table, and how every column is understood."""

import streamlit as st

from app import resources
from app.components import boundary, combining, frame, intake, job, reading_form, understood
from app.wizard import Step
from app.workflow import data, jobs, orders
from engine.domain.run import JobState

project, main, _ = frame.open_step(
    Step.DATA,
    "What is in your table?",
    "A model learns from what it is given. If a number is read as text, or a customer number as an amount, it learns "
    "nonsense.\n\nSo look here first: every column, how it was understood, and what is missing. Correct it in place.",
)
home = resources.home()
reading = jobs.latest(home, project.id, orders.INGEST)
under_way = reading is not None and reading.alive

with main:
    if reading is not None and reading.alive:
        job.watch(reading)
    elif reading is not None and reading.state is JobState.FAILED and reading.failure:
        boundary.failed(reading.failure)
        reading_form.try_again(project.id, reading)
    if project.dataset_id is None and not under_way:
        intake.show(home, project)
    elif project.dataset_id is not None and not under_way:
        understood.show(project.id, data.dataset(home, project.dataset_id))
        with st.expander("Bring another table", icon=":material/upload_file:"):
            intake.show(home, project)
        combining.show(home, project, reading)

closed = "The table is being read." if under_way else ""
if project.dataset_id is None:
    closed = closed or "Bring a table first."
frame.go_on(
    Step.QUESTION,
    project.id,
    "Looks right: ask the question",
    closed=closed,
    note="Nothing is changed in your file: corrections are kept beside it.",
)
