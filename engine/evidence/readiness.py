"""How ready a model is for use: the ML Test Score of Breck, Cai, Nielsen, Salib and Sculley (IEEE Big Data 2017).

28 tests in four sections of seven. A test done by hand, with its result written down, counts half a point, one that
repeats by itself a whole one; the score is the least of the four sections' sums, so that a strong section hides no weak
one. The tests stand here in our own words and in the order of the paper.
"""

from engine.domain.card import Answer, Card, Readiness, Tested
from engine.evidence import ready_data, ready_model, ready_running, ready_watched
from engine.evidence.ready_base import Test

SOURCE = (
    "Breck, Cai, Nielsen, Salib and Sculley: The ML Test Score, a rubric for ML production readiness and technical debt"
    " reduction. IEEE Big Data 2017."
)
SECTIONS: dict[str, tuple[Test, ...]] = {
    "data": ready_data.TESTS,
    "model": ready_model.TESTS,
    "infrastructure": ready_running.TESTS,
    "monitoring": ready_watched.TESTS,
}
# What the authors say of a score up to so many points.
_SAYS = (
    (0.0, "More of a research project than something to rely on."),
    (1.0, "Not untested, but there may be serious holes."),
    (2.0, "The first basics are there; more is needed before much depends on it."),
    (3.0, "Reasonably tested; more of it could repeat by itself."),
    (5.0, "Strongly tested and watched: fit for what a business depends on."),
)
_BEST = "Tested and watched exceptionally well."


def readiness(card: Card) -> Readiness:
    """Return the ML Test Score of a card, test by test.

    What the evidence on the card tells is told by it; what only a person knows is what the newest answer says. Where
    there is neither, a test is "not yet" done and counts nothing.
    """
    answers = {answer.test: answer for answer in card.answers}
    tests = tuple(
        _tested(test, f"{section}_{number}", section, card, answers)
        for section, those in SECTIONS.items()
        for number, test in enumerate(those, 1)
    )
    points = {section: sum(t.done.points for t in tests if t.section == section) for section in SECTIONS}
    weakest = min(points, key=lambda section: points[section])
    score = points[weakest]
    return Readiness(
        tests=tests,
        sections=points,
        score=score,
        weakest=weakest,
        says=next((words for most, words in _SAYS if score <= most), _BEST),
    )


def asked() -> frozenset[str]:
    """Return the tests that a person answers."""
    return frozenset(
        f"{section}_{number}"
        for section, those in SECTIONS.items()
        for number, test in enumerate(those, 1)
        if test.asked
    )


def _tested(test: Test, code: str, section: str, card: Card, answers: dict[str, Answer]) -> Tested:
    found = test.found(card)
    answer = answers.get(code) if test.asked else None
    return Tested(
        test=code,
        section=section,
        title=test.title,
        done=answer.done if answer else found.done,
        evidence=found.said,
        asked=test.asked,
        answer=answer,
    )
