"""The model card: gaps are seen, user text stays text, the machine-readable form is valid."""

import json
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from engine.domain.card import Card, ReviewEntry
from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.evidence import Importance
from engine.domain.outcome import Gate, Override, Verdict
from engine.domain.policy import Policy, PolicyKind, UseContract
from engine.domain.problem import Question
from engine.evidence.card import NOT_REVIEWED, escape_markdown, gaps, to_cyclonedx, to_html, to_markdown
from tests.engine.evidence.cards import OPEN, make

LATE = make().use.model_copy(update={"review_on": date(2027, 2, 1)})
SCRIPT = "<script>alert(1)</script>"
LINK = "[click](javascript:alert(1))"


@pytest.fixture
def card() -> Card:
    return make()


def test_a_complete_card_has_no_gap(card):
    assert gaps(card) == ()
    assert "not filled in" not in to_html(card)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"use": UseContract()}, "what the model is for"),
        ({"reviews": ()}, "Nobody has reviewed"),
        ({"as_of": date(2027, 1, 2)}, "to be used until 2027-01-01, and that is over"),
        ({"as_of": date(2026, 12, 2)}, "looked at again on 2026-12-01, and that is over"),
        ({"use": LATE}, "only after its use ends on 2027-01-01"),
        ({"outcomes": (OPEN,)}, "LK002 is open"),
        ({"outcomes": (OPEN.model_copy(update={"verdict": Verdict.COULD_NOT_RUN}),)}, "could not be checked"),
    ],
    ids=["use", "review", "expired", "not looked at", "looked at too late", "finding", "crash"],
)
def test_each_gap_is_said_in_every_document(changes, words):
    card = make(**changes)
    said = gaps(card)
    assert any(words in gap for gap in said)
    gapped = card.model_copy(update={"gaps": said})
    assert words in to_html(card)
    assert words in to_markdown(card)
    assert words in json.dumps(to_cyclonedx(gapped))


def test_no_sensitive_column_is_a_gap(card):
    blind = card.model_copy(update={"evidence": card.evidence.model_copy(update={"fairness": ()})})
    assert any("No sensitive column" in gap for gap in gaps(blind))


def test_an_overridden_finding_is_no_gap_and_shows_its_reason():
    card = make(outcomes=(OPEN,), overrides=(Override(code="LK002", column="fee", reason="known at sale"),))
    assert gaps(card) == ()
    assert "Kept anyway, because: known at sale" in to_html(card)


def test_a_finding_that_the_standing_review_accepted_is_no_gap_and_is_named_with_all_its_columns(card):
    pair = OPEN.model_copy(update={"code": "FA004", "gate": Gate.APPROVAL, "columns": ("sex", "fee")})
    approved = card.reviews[0].model_copy(
        update={"accepted": (Override(code="FA004", column="sex", reason="asked a lawyer"),)}
    )
    kept = make(outcomes=(pair,), reviews=(approved,))
    assert gaps(kept) == ()
    assert "Accepted FA004 (sex, fee): asked a lawyer" in to_html(kept)
    returned = approved.model_copy(update={"decision": "returned", "accepted": ()})
    assert any("FA004 is open" in gap for gap in gaps(make(outcomes=(pair,), reviews=(approved, returned))))


def test_a_version_that_was_returned_and_answered_waits_for_its_review(card):
    returned, answered = (card.reviews[0].model_copy(update={"decision": word}) for word in ("returned", "answered"))
    assert gaps(make(reviews=(returned,))) == ("The reviewer sent this version back.",)
    assert gaps(make(reviews=(returned, answered))) == (NOT_REVIEWED,)


def test_a_review_by_the_builder_is_named_as_such(card):
    own = make(reviews=(card.reviews[0].model_copy(update={"by_builder": True}),))
    assert any("builder" in gap for gap in gaps(own))
    for document in (to_html(own), to_markdown(own), json.dumps(to_cyclonedx(own))):
        assert "reviewed by its builder" in document
    assert re.search(r"on [\d\\-]+ \(reviewed by its builder\): ", to_markdown(own))


def test_the_costs_of_a_yes_no_question_stand_in_json_too():
    policy = Policy(kind=PolicyKind.COSTS, threshold=0.5, cost_wrong_yes=5, cost_missed_yes=60)
    said = json.dumps(to_cyclonedx(make(policy=policy)))
    assert '{"name": "handrail:costs", "value": "a wrong yes costs 5; a missed yes costs 60"}' in said


class _Page(HTMLParser):
    """Collects tags, attributes and whether every tag is closed."""

    VOID = frozenset({"meta", "br", "rect", "path"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in {"src", "href", "srcset", "xlink:href"} or k.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def poisoned() -> Card:
    """A card in which every text a user can write holds HTML and a Markdown link."""
    bad = SCRIPT + LINK + "| x |\n# top"
    column = ColumnContract(name=bad, type=ColumnType.CATEGORY, levels=(bad,))
    card = make(
        model=f"{bad}:1",
        contract=DataContract(columns=(column,)),
        outcomes=(OPEN.model_copy(update={"problem": bad, "columns": (bad,), "title": bad}),),
        overrides=(Override(code="LK002", reason=bad),),
        use=UseContract(purpose=bad, not_for=bad, owner=bad, may_act=bad, abstained_to=bad),
        reviews=(
            ReviewEntry(
                decision="approved",
                note=bad,
                reviewer=bad,
                accepted=(Override(code="LK002", column=bad, reason=bad),),
                at=datetime(2026, 11, 21, tzinfo=UTC),
            ),
        ),
    )
    problem = card.problem.model_copy(
        update={
            "target": bad,
            "positive": bad,
            "sensitive": (bad,),
            "reasons": (bad,),
            "question": Question(who=bad, text=bad),
        }
    )
    fair = card.evidence.fairness[0].model_copy(update={"column": bad, "sentence": bad})
    evidence = card.evidence.model_copy(
        update={"headline": bad, "fairness": (fair,), "importance": (Importance(column=bad, value=1, share=1),)}
    )
    dataset = card.dataset.model_copy(update={"name": bad})
    return card.model_copy(update={"problem": problem, "evidence": evidence, "dataset": dataset})


def test_user_text_never_becomes_html():
    page = _Page(to_html(poisoned()))
    assert "script" not in page.tags
    assert page.links == []
    assert page.open == []


def test_user_text_never_becomes_markdown():
    text = to_markdown(poisoned())
    assert "<script" not in text.replace("\\<", "")
    assert "[click](" not in text.replace("\\[", "").replace("\\]", "")
    assert "\n# top" not in text
    unescaped = text.replace("\\|", "")
    lines = [line.count("|") for line in unescaped.splitlines()]
    assert all(one == next_ for one, next_ in zip(lines, lines[1:], strict=False) if one and next_)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a *b* _c_", "a \\*b\\* \\_c\\_"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("0.935", "0.935"),
        ("-0.5", "-0.5"),
        ("https://x.org", "https\\://x.org"),
        (None, ""),
    ],
)
def test_markdown_escape(value, expected):
    assert escape_markdown(value) == expected


def test_the_page_needs_nothing_from_elsewhere(card):
    text = to_html(card)
    assert _Page(text).links == []
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text


def test_the_score_stands_beside_baseline_interval_and_rows(card):
    text = to_html(card)
    for words in ("0.812", "0.780 to 0.840", "1,000 test rows", "a simple linear model", "model ahead by 0.02 to 0.09"):
        assert words in text


def test_the_decision_is_counted_on_the_test_rows(card):
    assert "5 of 10 picked, 3 rightly (60 %); 75 % of all real cases found" in to_html(card)


@pytest.mark.parametrize("which", ["plain", "poisoned"])
def test_cyclonedx_is_valid_against_its_schema(card, which):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    document = json.dumps(to_cyclonedx(card if which == "plain" else poisoned()))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None


def test_cyclonedx_holds_score_interval_and_baseline(card):
    model = to_cyclonedx(card)["components"][0]
    assert model["type"] == "machine-learning-model"
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics[0] == {
        "type": "roc_auc",
        "value": "0.8123",
        "slice": "test rows",
        "confidenceInterval": {"lowerBound": "0.78", "upperBound": "0.84"},
    }
    assert {"type": "roc_auc", "value": "0.75", "slice": "test rows, baseline: linear"} in metrics


def test_the_same_card_gives_the_same_documents(card):
    assert to_html(card) == to_html(make())
    assert to_cyclonedx(card) == to_cyclonedx(make())


@pytest.mark.parametrize(
    ("difference", "words"),
    [((-0.01, 0.02), "no clear difference (-0.01 to 0.02)"), ((-0.04, -0.02), "model behind by 0.02 to 0.04")],
    ids=["tie", "worse"],
)
def test_a_model_that_is_not_ahead_is_not_called_ahead(card, difference, words):
    rival = card.evidence.baselines[0].model_copy(update={"difference": difference})
    level = card.model_copy(update={"evidence": card.evidence.model_copy(update={"baselines": (rival,)})})
    assert words in to_html(level)
    assert "model ahead" not in to_html(level)


def test_a_group_that_is_too_small_and_a_threshold_that_nobody_chose_read_well():
    policy = Policy(kind=PolicyKind.MANUAL, threshold=0.4, sentence="Nobody gave costs or a capacity.")
    text = to_markdown(make(policy=policy))
    assert "| other (too few to judge) |" in text
    assert "Decided: by a threshold" in text
