"""Column names that smell of "written after the decision", in English, German, French and Spanish."""

from engine.problem.words import tokens, vocabulary

# What happened is over: such a column exists only where the answer is known already.
_SURELY = (
    "cancellation reason|cancel reason|churn reason|reason for leaving|leaving reason|exit reason|exit survey"
    "|rejection reason|denial reason|closing reason|return reason|loss reason|termination reason"
    "|closed date|close date|date closed|closed at|closed on|closing date|cancelled at|canceled at|cancelled on"
    "|canceled on|cancellation date|cancel date|churn date|churned at|termination date|end of contract date"
    "|resolved at|resolution date|resolution time|settled at|settlement date|discharge date|date of death|death date"
    "|refund amount|amount recovered|recoveries|recovery amount|collection recovery fee|chargeback date"
    "|exit interview|early termination fee|cancellation fee|payout date|payout amount|claim paid|final status"
    "|final outcome|final result|final decision|retention offer|retention call|win back offer|winback offer"
    "|kündigungsgrund|kuendigungsgrund|kündigungsdatum|kuendigungsdatum|kündigung am|abschlussdatum|ablehnungsgrund"
    "|erledigt am|gekündigt am|gekuendigt am|geschlossen am|austrittsdatum|austrittsgrund"
    "|motif de résiliation|motif resiliation|motif résiliation|date de résiliation|date resiliation"
    "|date résiliation|date de clôture|date cloture|date de fermeture|motif de départ|motif de refus"
    "|motivo de baja|motivo baja|fecha de baja|fecha baja|motivo de cancelación|motivo cancelacion"
    "|fecha de cierre|fecha cierre|fecha cancelacion|motivo de rechazo"
)
# Could be a property known before (the duration of a loan) or the event itself (of a call): the values decide.
_PERHAPS = (
    "duration|call length|call duration|talk time|handling time|length of stay|duration of call|call seconds"
    "|call minutes|duration seconds|duration minutes|elapsed|outcome|result|results|resolution|resolved|closed"
    "|closing|cancelled|canceled|cancellation|settled|settlement|verdict|disposition|completed|finished|paid back"
    "|reason|followup|follow up|refund|refunded|lifeboat|wrap up|letter sent|confirmation sent|notified"
    "|dauer|gesprächsdauer|gespraechsdauer|anrufdauer|ergebnis|abgeschlossen|erledigt|gekündigt|gekuendigt|kündigung"
    "|grund|danach|durée|duree|durée appel|résultat|resultat|résolution|résiliation|clôturé|cloture|motif"
    "|duración|duracion|resultado|resolución|resolucion|cancelado|cancelación|cerrado|cierre|motivo|baja"
)
# Words that put the event into the past: the outcome of an earlier campaign is known today.
_EARLIER = vocabulary(
    "previous prev prior last past former earlier old history historical initial first p vorige letzte letzter letztes"
    " frühere fruehere vorher précédent precedent précédente dernier dernière ancien anterior previo último ultimo"
    " última ultima expected planned estimated scheduled target requested agreed contract loan term"
)


def surely_after(name: str) -> bool:
    """Whether the name alone says that the column is written after the decision."""
    return _matches(name, _PHRASES_SURELY)


def perhaps_after(name: str) -> bool:
    """Whether the name lets one suspect it; the values must say the rest."""
    return surely_after(name) or _matches(name, _PHRASES_PERHAPS)


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tokens(phrase) for phrase in text.split("|"))


def _matches(name: str, phrases: frozenset[tuple[str, ...]]) -> bool:
    words = tokens(name)
    if _EARLIER.intersection(words):
        return False
    lengths = range(1, min(len(words), 5) + 1)
    return any(words[i : i + n] in phrases for n in lengths for i in range(len(words) - n + 1))


_PHRASES_SURELY, _PHRASES_PERHAPS = _phrases(_SURELY), _phrases(_PERHAPS)
