"""Words that tell a decision about people in a sensitive field, in English, German, French and Spanish."""

from collections.abc import Iterable

from engine.data.roles import plain
from engine.problem.words import vocabulary

# Without accents. A word that ends in "-" is the beginning of longer ones: "kredit-" is also "Kreditausfall".
_FIELDS = {
    "credit": vocabulary("""
        credit- loan loans lend- lender borrow- default defaulted mortgage- overdraft delinquen- chargeoff debt
        repay- bonitat- kredit- darleh- hypothek- zahlungsausfall- uberziehung- schuldner- schufa pret prets
        emprunt- defaut solvabilite hypotheque- surendettement prestamo- hipoteca- impago- moroso- morosidad
        solvencia deudor-
    """),
    "employment": vocabulary("""
        hire hired hires hiring recruit- applicant- candidate- promoted salary salaries wage wages attrition
        dismiss- fired layoff- employ- job- resume cv shortlist- einstellung- bewerb- kundigung- gehalt- lohn-
        mitarbeiter- personalauswahl beforder- arbeitsvertrag- embauch- recrut- candidat- salaire- licenci- employe-
        salarie- entrevista- contratacion- contratar empleado- empleo- salario- nomina despido- ascenso- candidato-
        curriculum
    """),
    "health": vocabulary("""
        diagnos- disease- patient- cancer- tumor- tumour- diabet- stroke readmi- mortality therap- hospital
        hospitals hospitaliz- hospitalis- clinic- medic- sepsis dementia depress- pregnan- illness- surgery
        comorbid- triage health- krank- behandlung- therapie- klinik- arzt- pflege- gesundheit- sterb- schlaganfall
        malad- sante soin soins hopital hospitalis- medecin- chirurg- enferm- salud tratamiento- paciente-
        mortalidad hospitaliz- sanitari-
    """),
    "housing": vocabulary("""
        rent rental- tenan- evict- landlord- apartment- miete- mieter- wohnung- raumungsklage- vermieter- locataire-
        logement- loyer- expulsion- bailleur- alquiler- inquilin- vivienda- desahucio- arrend-
    """),
    "insurance": vocabulary("""
        insur- claim claims claimant underwrit- policyholder- versicher- schaden schadens- schadenfall pramie-
        assurance- assure- sinistre- cotisation- seguro- asegurad- siniestro- poliza-
    """),
    "education": vocabulary("""
        admission- admitted admit- student- pupil- exam exams grade grades graduat- dropout- school- universit-
        college- enrol- scholarship- zulassung- schul- prufung- noten abitur studien- student studierend- stipend-
        immatrikul- eleve- etudiant- diplome- ecole- lycee- bourse- scolaire- admis alumn- estudiante- escuela-
        examen- matricula- beca becas
    """),
    "justice": vocabulary("""
        recidiv- reoffen- parole bail sentenc- convict- arrest- crime- crimin- prison- court- offend- probation-
        jail- police ruckfall- haft- verurteil- straf- bewahrung- gericht- polizei- taeter- tater- condamn- delit-
        detenu- justice- reinciden- conden- carcel- delito- delincuen- policia libertad
    """),
}
_PEOPLE = vocabulary("""
    person- people applicant- customer- client- patient- employee- student- pupil- tenant- borrower- citizen- user
    users worker- candidate- member members resident- household- passenger- driver- claimant- policyholder-
    offender- defendant- man men woman women child children kunde kunden kundin- bewerber- patient- mitarbeiter-
    angestellt- schuler- studierend- mieter- burger- nutzer- antragsteller- versichert- mensch- personne- client-
    candidat- malade- salarie- employe- eleve- etudiant- locataire- citoyen- usager- assure- demandeur- cliente-
    paciente- empleado- trabajador- alumn- estudiante- inquilin- ciudadan- usuario- solicitante- asegurad-
""")


def about_people(text: str) -> bool:
    """Whether a question speaks of people."""
    return bool(_hits(_PEOPLE, plain(text).split()))


def field_of(texts: Iterable[str], *, fewest: int) -> tuple[str, frozenset[str]]:
    """Return the sensitive field that most words speak of, and those words; ``""`` where there are too few."""
    words = [word for text in texts for word in plain(text).split()]
    found = {field: _hits(known, words) for field, known in _FIELDS.items()}
    best = max(found, key=lambda field: len(found[field]))
    return (best, found[best]) if len(found[best]) >= fewest else ("", frozenset())


def _hits(known: frozenset[str], words: Iterable[str]) -> frozenset[str]:
    """Return the words that stand in a vocabulary, or begin as one there that ends in "-"."""
    begins = tuple(stem.removesuffix("-") for stem in known if stem.endswith("-"))
    return frozenset(word for word in words if word in known or word.startswith(begins))
