"""Deciding, reviewing and releasing: what stands, who may change it, what closes it."""

from datetime import date

import pytest

from app.workflow import deciding, registry, releasing, reviewing
from engine.domain.outcome import Gate, Outcome, Override, Severity, Verdict
from engine.domain.policy import PolicyKind, UseContract
from engine.domain.version import Stage
from engine.errors import GateClosed, NotFound, Refused, UnusableOption
from store import db, models
from tests.app.prepared import OUTCOMES, USE, prepare

UNFAIR = Outcome(
    code="FA004",
    title="Groups are selected at different rates",
    verdict=Verdict.FLAGGED,
    severity=Severity.BLOCKER,
    gate=Gate.APPROVAL,
    columns=("sex",),
    problem="Women are picked half as often as men.",
)


@pytest.fixture
def draft(tmp_path):
    """A trained draft and its ``name:number``."""
    home, _project = prepare(tmp_path, "trained")
    return home, registry.every(home)[0].reference


def test_a_draft_may_change_and_each_look_at_the_test_is_counted(draft):
    home, reference = draft
    before = registry.show(home, reference)
    policy = before.policy.model_copy(update={"threshold": 0.77, "kind": PolicyKind.MANUAL})
    after = deciding.set_policy(home, reference, policy)
    assert after.policy.threshold == 0.77
    assert after.run.evidence.test_looks == before.run.evidence.test_looks + 1
    assert deciding.set_policy(home, reference, policy).run.evidence.test_looks == after.run.evidence.test_looks


def test_what_was_approved_stands(draft):
    home, reference = draft
    reviewing.approve(home, reference, note="fine")
    with pytest.raises(Refused, match="is approved: what was reviewed stands"):
        deciding.set_use(home, reference, UseContract(purpose="another"))
    with pytest.raises(Refused, match="is approved"):
        reviewing.approve(home, reference, note="again")


def test_the_builders_own_approval_says_so(draft, monkeypatch):
    home, reference = draft
    object.__setattr__(home.settings, "user", registry.show(home, reference).run.builder)
    shown = reviewing.approve(home, reference, note="nobody else is here")
    assert shown.reviews[-1].by_builder
    assert "builder" in " ".join(registry.card(home, reference).gaps).lower()


def test_somebody_elses_approval_says_who(draft):
    home, reference = draft
    object.__setattr__(home.settings, "user", "somebody else")
    entry = reviewing.approve(home, reference, note="looked").reviews[-1]
    assert (entry.by_builder, entry.reviewer) == (False, "somebody else")


def test_a_returned_draft_can_be_changed_and_submitted_again(draft):
    home, reference = draft
    reviewing.submit(home, reference)
    assert [row.reference for row in reviewing.waiting(home)] == [reference]
    with pytest.raises(Refused, match="in review"):
        deciding.set_use(home, reference, UseContract(purpose="another"))
    reviewing.send_back(home, reference, note="who owns it?")
    deciding.set_use(home, reference, UseContract(owner="sales", valid_until=date(2027, 1, 1)))
    with pytest.raises(UnusableOption, match=r"was returned: who owns it\?.*Answer it"):
        reviewing.submit(home, reference)
    with pytest.raises(Refused, match=r"nobody has answered.*handrail submit"):
        reviewing.approve(home, reference, note="never mind")
    shown = reviewing.submit(home, reference, note=" Sales does. ")
    assert (shown.stage, shown.use.owner) == ("in review", "sales")
    assert [(entry.decision, entry.note) for entry in shown.reviews] == [
        ("returned", "who owns it?"),
        ("answered", "Sales does."),
    ]
    assert "answered by" in registry.render(registry.card(home, reference), "md")
    with pytest.raises(Refused, match="is in review"):
        reviewing.submit(home, reference, note="again")


@pytest.mark.parametrize("decide", [reviewing.approve, reviewing.send_back])
def test_a_review_needs_a_note(draft, decide):
    home, reference = draft
    with pytest.raises(UnusableOption, match="needs a note"):
        decide(home, reference, note="  ")


def test_an_open_approval_finding_closes_approval_until_accepted(tmp_path):
    home, _project = prepare(tmp_path, "trained", outcomes=(*OUTCOMES, UNFAIR))
    reference = registry.every(home)[0].reference
    with pytest.raises(GateClosed, match=r"FA004: Women are picked half as often.*--accept FA004"):
        reviewing.approve(home, reference, note="fine")
    accepted = (Override(code="FA004", reason="a campaign for men, decided by the board"),)
    shown = reviewing.approve(home, reference, note="fine", accepted=accepted)
    assert shown.reviews[-1].accepted == accepted
    assert "  - Accepted FA004: a campaign for men, decided by the board" in registry.render(
        registry.card(home, reference), "md"
    )


@pytest.mark.parametrize(
    "unknown", [Override(code="FA999", reason="no"), Override(code="FA004", column="age", reason="no")]
)
def test_what_was_not_found_cannot_be_accepted(tmp_path, unknown):
    home, _project = prepare(tmp_path, "trained", outcomes=(*OUTCOMES, UNFAIR))
    reference = registry.every(home)[0].reference
    with pytest.raises(
        UnusableOption, match=r"has no finding FA\d+(:age)? that could be accepted.*decides about FA004"
    ):
        reviewing.approve(home, reference, note="fine", accepted=(unknown,))
    assert registry.show(home, reference).reviews == ()


def test_only_what_is_approved_is_released(draft):
    home, reference = draft
    with pytest.raises(Refused, match=r"only approved versions are released.*approve"):
        releasing.start(home, reference)
    reviewing.approve(home, reference, note="fine")
    releasing.start(home, reference)
    with pytest.raises(NotFound, match="has not been released"):
        releasing.released(home, reference)


def test_a_model_is_found_by_name_number_or_latest(draft):
    home, reference = draft
    name, _, number = reference.partition(":")
    for wanted in (name, reference, f"{name}:latest"):
        assert registry.show(home, wanted).number == int(number)
    with pytest.raises(NotFound, match="no version '9'"):
        registry.show(home, f"{name}:9")
    with pytest.raises(NotFound, match="no model called 'ghost'"):
        registry.show(home, "ghost")


def test_a_live_version_cannot_be_sent_back(tmp_path):
    home, _project = prepare(tmp_path, "approved")
    reference = registry.every(home)[0].reference
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        models.stage(session=session, version=version, stage=Stage.LIVE)
    assert registry.show(home, reference).stage == "live"
    with pytest.raises(Refused, match="is live"):
        reviewing.send_back(home, reference, note="too late")


def test_the_card_speaks_of_the_use_contract_as_it_stands_now(draft):
    home, reference = draft
    deciding.set_use(home, reference, UseContract(purpose="call them"))
    (gap,) = [o for o in registry.card(home, reference).outcomes if o.code == "US002"]
    assert gap.verdict is Verdict.FLAGGED
    assert "who owns it" in gap.problem
    assert "what the model is for" not in gap.problem
    deciding.set_use(home, reference, USE)
    (gap,) = [o for o in registry.card(home, reference).outcomes if o.code == "US002"]
    assert gap.verdict is Verdict.PASSED


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_a_card_is_a_document_in_each_form(draft, form):
    home, reference = draft
    assert reference.split(":")[0] in registry.render(registry.card(home, reference), form)


def test_there_is_no_other_form(draft):
    home, reference = draft
    with pytest.raises(UnusableOption, match="no card as 'pdf'"):
        registry.render(registry.card(home, reference), "pdf")
