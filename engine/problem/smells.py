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
    "|date resolved|date cancelled|date canceled|date terminated|terminated at|terminated on|resigned at"
    "|left on|left at"
    "|leaving date|exit date|attrition date|attrition reason|reason for cancellation|reason for churn"
    "|reason for return"
    "|reason closed|reason lost|lost reason|won date|lost date|converted at|conversion date|churn score"
    "|churn category"
    "|write off amount|written off|charge off date|chargeoff date|charge off amount|default date|defaulted at"
    "|total recovered|recovered amount|settlement amount|actual delivery date|delivered at"
    "|refunded at|refund date|cause of death|autopsy|post mortem|discharge status|discharge disposition"
    "|readmission date"
    "|fraud confirmed|confirmed fraud|investigation result|investigation outcome|case closed|exit survey score"
    "|kündigungsgrund|kuendigungsgrund|kündigungsdatum|kuendigungsdatum|kündigung am|abschlussdatum|ablehnungsgrund"
    "|stornodatum|stornogrund|storniert am|rückerstattung|rueckerstattung|erstattungsbetrag|kündigungsart"
    "|entlassdatum|entlassungsdatum|todesdatum|sterbedatum|austritt am|ausgetreten am|grund der kündigung"
    "|grund kündigung"
    "|endstatus|endergebnis|inkassobetrag|verlustgrund"
    "|erledigt am|gekündigt am|gekuendigt am|geschlossen am|austrittsdatum|austrittsgrund"
    "|motif de résiliation|motif resiliation|motif résiliation|date de résiliation|date resiliation"
    "|raison de départ|raison du départ|date de départ|date depart|date de sortie|date sortie|date de décès"
    "|date deces"
    "|montant remboursé|montant rembourse|statut final|résultat final|resultat final|cause de résiliation"
    "|date annulation"
    "|date d annulation|motif d annulation|motif annulation"
    "|date résiliation|date de clôture|date cloture|date de fermeture|motif de départ|motif de refus"
    "|motivo de baja|motivo baja|fecha de baja|fecha baja|motivo de cancelación|motivo cancelacion"
    "|motivo de salida|motivo salida|fecha de salida|fecha salida|fecha de fallecimiento|fecha defuncion"
    "|importe devuelto"
    "|importe reembolsado|estado final|resultado final|fecha de resolución|fecha resolucion|fecha de anulación"
    "|fecha anulacion|motivo de anulación|motivo anulacion|causa de baja"
    "|fecha de cierre|fecha cierre|fecha cancelacion|motivo de rechazo"
)
# Could be a property known before (the duration of a loan) or the event itself (of a call): the values decide.
_PERHAPS = (
    "duration|call length|call duration|talk time|handling time|length of stay|duration of call|call seconds"
    "|call minutes|duration seconds|duration minutes|elapsed|outcome|result|results|resolution|resolved|closed"
    "|closing|cancelled|canceled|cancellation|settled|settlement|verdict|disposition|completed|finished|paid back"
    "|reason|followup|follow up|refund|refunded|lifeboat|wrap up|letter sent|confirmation sent|notified"
    "|terminated|termination|resigned|written off|write off|charged off|charge off|recovered|recovery"
    "|chargeback|returned|returned at|return date"
    "|delivered|complaint outcome|days to close|days to resolve|time to resolve|time to close|days open|after"
    "|post|exit"
    "|deceased|discharged|discharge|readmitted|won|lost|penalty|final|ended|ended at|end date"
    "|dauer|gesprächsdauer|gespraechsdauer|anrufdauer|ergebnis|abgeschlossen|erledigt|gekündigt|gekuendigt|kündigung"
    "|grund|danach|storniert|storno|erstattet|erstattung|bearbeitungszeit|bearbeitungsdauer|beendet|entlassen"
    "|status final"
    "|mahnung|inkasso|durée|duree|durée appel|résultat|resultat|résolution|résiliation|clôturé|cloture|motif"
    "|remboursement|remboursé|rembourse|annulé|annule|annulation|terminé|termine|fermé|ferme|après|apres|décès|deces"
    "|duración|duracion|resultado|resolución|resolucion|cancelado|cancelación|cerrado|cierre|motivo|baja"
    "|reembolso|devuelto|devolución|devolucion|anulado|anulación|anulacion|terminado|finalizado|después"
    "|despues|fallecido"
)
# Words that put the event into the past: the outcome of an earlier campaign is known today.
_EARLIER = vocabulary(
    "previous prev prior last past former earlier old history historical initial first p vorige letzte letzter letztes"
    " frühere fruehere vorher précédent precedent précédente dernier dernière ancien anterior previo último ultimo"
    " última ultima expected planned estimated scheduled target requested agreed contract loan term"
)


# Values that say that it has happened.
_HAPPENED = vocabulary(
    "cancelled canceled closed churned terminated resigned refunded resolved settled deceased dead died discharged"
    " delivered returned converted lost won recovered defaulted bankrupt foreclosed repossessed expired written_off"
    " gekündigt gekuendigt storniert geschlossen erledigt ausgetreten verstorben zurückgegeben erstattet beendet"
    " résilié resilie clôturé cloture annulé annule remboursé rembourse décédé decede fermé terminé"
    " cancelado cerrado anulado reembolsado devuelto resuelto fallecido finalizado terminado"
)


def surely_after(name: str) -> bool:
    """Whether the name alone says that the column is written after the decision."""
    return smell(name, sure=True) is not None


def perhaps_after(name: str) -> bool:
    """Whether the name lets one suspect it; the values must say the rest."""
    return smell(name) is not None


def smell(name: str, *, sure: bool = False) -> str | None:
    """Return the words in a name that smell of "after", the surest first; with ``sure`` only what needs no values."""
    return _match(name, _PHRASES_SURELY) or (None if sure else _match(name, _PHRASES_PERHAPS))


def happened(value: str) -> str | None:
    """Return the word in a value that says that something has happened and is over: ``cancelled``."""
    return next((word for word in tokens(value) if word in _HAPPENED), None)


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tokens(phrase) for phrase in text.split("|"))


def _match(name: str, phrases: frozenset[tuple[str, ...]]) -> str | None:
    words = tokens(name)
    if _EARLIER.intersection(words):
        return None
    lengths = range(min(len(words), 5), 0, -1)
    found = (words[i : i + n] for n in lengths for i in range(len(words) - n + 1) if words[i : i + n] in phrases)
    return " ".join(next(found, ())) or None


_PHRASES_SURELY, _PHRASES_PERHAPS = _phrases(_SURELY), _phrases(_PERHAPS)
