"""ML Test Score, model: whether it was looked at, searched for, and is good enough for everybody it is used on."""

from engine.domain.card import Card, Done
from engine.domain.run import Quality
from engine.evidence.card_measured import simple_ways
from engine.evidence.ready_base import Found, Test, ask, by_checks, told, waits

_TRIED = 4  # models below which there was hardly a search


def _reviewed(card: Card) -> Found:
    if not card.reviews:
        return waits("Nobody has reviewed it.")
    last = card.reviews[-1]
    if last.decision != "approved":
        return told(good=False, said=f"{last.reviewer} sent it back.")
    if last.by_builder:
        return told(good=False, said="Only its builder has looked.")
    return told(good=True, said=f"Approved by {last.reviewer} on {last.at:%Y-%m-%d}; it cannot be released without.")


def _searched(card: Card) -> Found:
    tried, fitted = card.fitted.searched, card.fitted
    said = f"{tried} {'model was' if tried == 1 else 'models were'} tried and compared on rows kept back from them"
    if fitted.stopped:
        return told(good=False, said=f"{said}, but the search was stopped early.")
    if card.plan.quality is Quality.FAST or tried < _TRIED:
        return told(good=False, said=f"{said}: a quick look, not a search.")
    return told(good=True, said=f"{said}.")


def _simpler(card: Card) -> Found:
    compared = [b for b in card.evidence.baselines if b.difference is not None]
    if not compared:
        return waits("It was compared with nothing simpler.")
    level = [b.label for b in compared if b.difference is not None and b.difference[0] <= 0]
    if level:
        return told(good=False, said=f"Not surely better than {' and '.join(level)}.")
    ways = "way" if len(compared) == 1 else "ways"
    return told(
        good=True,
        said=f"Better than {len(compared)} simpler {ways} on the same {card.evidence.score.rows:,} test rows, "
        "beyond chance." + (f" {simple_ways(card.evidence)}" if card.evidence.simple_rows else ""),
    )


def _parts(card: Card) -> Found:
    found = by_checks(card, ("EV005",), about="for parts of the data where it fails")
    if found.done is Done.AUTOMATED:
        rows = f"{card.evidence.score.rows:,} test rows"
        return Found(found.done, f"No part was found, and confirmed on the {rows}, in which it is clearly weaker.")
    return found


def _inclusive(card: Card) -> Found:
    if not card.evidence.fairness:
        return waits("No sensitive column was named, so no groups were compared.")
    too_few = sum(g.too_few for f in card.evidence.fairness for g in f.groups)
    found = by_checks(card, ("FA004", "FA005"), about="for groups that fare differently")
    if found.done is Done.AUTOMATED and too_few:
        return Found(found.done, f"{found.said} Groups with too few people were left out.")
    return found


TESTS: tuple[Test, ...] = (
    Test("Somebody else has reviewed it", _reviewed),
    ask(
        "The test score goes together with what counts in the business",
        "Where the score was better, was the money or the time better too?",
    ),
    Test("Its settings were searched for", _searched),
    ask("It is known how fast it ages", "Such as: what a model of last year would score on this year's rows."),
    Test("Nothing simpler does as well", _simpler),
    Test("It is good enough in every part of the data", _parts),
    Test("It was tested on whom it may treat differently", _inclusive),
)
