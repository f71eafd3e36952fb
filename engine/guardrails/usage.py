"""US: what the answer is used for, and whose data it takes."""

from collections.abc import Iterator

from engine.data.roles import personal, sensitive
from engine.domain.dataset import Role
from engine.domain.outcome import Action, Remedy, Severity
from engine.guardrails.base import Case, Finding, NotApplicable
from engine.problem.words import listed, quoted, tokens, vocabulary

_HEAD = 2_000
_FIELDS = {
    "credit": vocabulary(
        "credit loan lending default defaulted mortgage overdraft creditworthiness bonität bonitaet kredit darlehen"
        " kreditausfall crédit prêt pret défaut defaut crédito credito préstamo prestamo impago morosidad delinquency"
        " delinquent borrower chargeoff lend"
    ),
    "employment": vocabulary(
        "hire hired hiring recruit recruitment applicant candidate promotion promoted salary wage attrition dismissal"
        " fired employee employment job_offer resume cv einstellung bewerber bewerbung kündigung_mitarbeiter gehalt"
        " lohn"
        " embauche candidat salaire contratación contratacion candidato salario"
    ),
    "health": vocabulary(
        "diagnosis diagnosed disease patient cancer tumor tumour diabetes diabetic stroke readmitted"
        " readmission mortality treatment therapy hospital clinical medical diagnose krankheit krankenhaus behandlung"
        " diagnostic maladie"
        " traitement hôpital diagnóstico enfermedad tratamiento sepsis dementia depression pregnancy"
    ),
    "housing": vocabulary(
        "rent rental_application tenant tenancy eviction evicted landlord miete mieter wohnung räumung locataire"
        " logement expulsion alquiler inquilino vivienda desahucio"
    ),
    "insurance": vocabulary(
        "insurance insured premium claim claims underwriting policyholder versicherung versicherungsprämie schaden"
        " assurance sinistre prime seguro siniestro prima"
    ),
    "education": vocabulary(
        "admission admitted admit student pupil exam grade graduation graduated dropout school university zulassung"
        " schüler schueler prüfung pruefung note abbruch élève eleve étudiant etudiant diplôme admisión admision alumno"
        " estudiante examen matrícula"
    ),
    "justice": vocabulary(
        "recidivism recidivist reoffend parole bail sentence sentencing conviction convicted arrest arrested crime"
        " criminal prison rückfall haft verurteilung récidive prison condamnation reincidencia condena prisión court"
        " offender"
    ),
}
_FEWEST_COLUMNS = 3


class SensitiveField:
    """US001: a decision about people in a sensitive field."""

    code, title, gate, needs_target = "US001", "A sensitive field", None, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag by the question's words and the target's name, else by several column names; only about people."""
        if not _about_people(case):
            return
        question = case.problem.question
        said = " ".join((question.text, question.who, question.moment, question.action, case.problem.target))
        field, words = _field(set(tokens(said)), fewest=1)
        severity = Severity.WARNING
        if not field:
            names = {word for name in case.contract.names for word in tokens(name)}
            field, words = _field(names, fewest=_FEWEST_COLUMNS)
            severity = Severity.NOTE
        if field:
            yield Finding(
                severity=severity,
                problem=f"This looks like a decision about people in the field of {field} ({listed(sorted(words))}):"
                " a wrong answer can do them lasting harm, and in many countries the law has its say.",
                fix="Let a person decide in the end, say so in the use contract, and ask whoever is responsible for"
                " data protection.",
                evidence={"words": len(words)},
            )


class UseGaps:
    """US002: the use contract has a gap."""

    code, title, gate, needs_target = "US002", "Gaps in the use contract", None, True

    _words = {
        "purpose": "what the model is for",
        "not_for": "what it must not be used for",
        "owner": "who owns it",
        "valid_until": "until when it may be used",
        "abstained_to": "who handles the cases it does not answer",
    }

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag the fields nobody has filled in."""
        if case.gaps is None:
            raise NotApplicable("Who may use the model for what is asked later.")
        if case.gaps:
            missing = ", ".join(self._words.get(gap, gap) for gap in case.gaps)
            yield Finding(
                severity=Severity.WARNING,
                problem=f"Nobody has said yet: {missing}.",
                fix="Fill it in before others rely on the model; until then the card shows the gap.",
                evidence={"gaps": len(case.gaps)},
            )


class PersonalData:
    """US003: personal data among the columns."""

    code, title, gate, needs_target = "US003", "Personal data", None, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag columns that name people or how to reach them."""
        target = case.asked.target if case.asked else None
        for column in case.contract.columns:
            if column.name == target or column.name not in case.frame.columns:
                continue
            kind = personal(column.name, case.frame[column.name])
            if column.role is not Role.PERSONAL and not kind:
                continue
            used = column.name in case.features
            says = "and the model would use it" if used else "and it is withheld from the model"
            yield Finding(
                severity=Severity.WARNING if used else Severity.NOTE,
                columns=(column.name,),
                problem=f"{quoted(column.name)} holds personal data ({kind or 'as you said'}), {says}.",
                fix="Withhold it: a model needs to know what people do, not who they are."
                if used
                else "Nothing, unless the column is not needed at all: then leave it out of the file.",
                evidence={"used_by_the_model": used},
                remedy=Remedy(action=Action.WITHHOLD, columns=(column.name,)) if used else None,
            )


def _about_people(case: Case) -> bool:
    """Whether rows seem to be people: a sensitive or personal column, or a word for people in the question."""
    names = [n for n in case.contract.names if n in case.frame.columns]
    head = case.frame.head(_HEAD)
    return bool(case.problem.sensitive) or any(sensitive(n, head[n]) or personal(n, head[n]) for n in names)


def _field(words: set[str], *, fewest: int) -> tuple[str, frozenset[str]]:
    found = {field: known & words for field, known in _FIELDS.items()}
    best = max(found, key=lambda field: len(found[field]))
    return (best, found[best]) if len(found[best]) >= fewest else ("", frozenset())
