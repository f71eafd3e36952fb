"""Which columns name an entity (a customer, a patient, a machine) that may stand in many rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.domain.dataset import ColumnContract, ColumnType, Role
from engine.guardrails.association import Codes
from engine.guardrails.base import Case
from engine.problem.split import each_apart
from engine.problem.words import tokens, vocabulary

_KEY = vocabulary("id ids key uuid guid no nr num number nummer numéro numero número code ref reference hash token")
_ENDINGS = ("id", "nr", "nummer", "number", "numero")
_WHO = vocabulary(
    "customer client clientid custid customerid userid patientid patient user member subscriber account household"
    " person people subject participant respondent employee worker student pupil teacher applicant borrower debtor"
    " cardholder"
    " policyholder tenant guest visitor player donor voter doctor physician driver supplier vendor merchant company"
    " firm machine device sensor engine vehicle car asset meter unit pump turbine battery contract policy email phone"
    " msisdn"
    " ssn iban vin animal specimen"
    " kunde kunden kundin patienten mitglied konto haushalt mitarbeiter schüler schueler versicherter teilnehmer gerät"
    " geraet maschine fahrzeug vertrag firma"
    " client patient utilisateur membre compte ménage menage employé employe élève eleve assuré assure machine véhicule"
    " contrat cliente paciente usuario miembro cuenta hogar empleado alumno asegurado máquina maquina vehículo contrato"
)
# Keys of things that are traits of a row rather than whom it is about; postcodes and the like.
_TRAIT = vocabulary(
    "zip postal postcode plz area region country state city county district street branch store shop product item sku"
    " category type class group segment plan campaign channel status department sector industry language currency"
    " page session cluster batch year month week day hour weekday date time age size count total amount sum mean avg"
    " rate score rank level grade quality of number_of children dependents rooms floor visits calls times days years"
    " house purchases orders logins"
)
_FEWEST, _LARGEST_SHARE, _REPEATED = 20, 0.2, 0.05
_MOSTLY = 0.9  # of the near twins share their key; some are alike by chance
_ROOM = 1.5  # how much larger than a row with its near twins the groups of their key may be
# By its values alone a column is taken for an entity only where much repeats and much else repeats with it.
_BLIND_DISTINCT, _BLIND_REPEATED, _ALIKE, _BY_CHANCE, _TRAITS = 0.05, 0.2, 0.98, 0.6, 2


@dataclass(frozen=True, eq=False)
class Entity:
    """A column whose values name entities: a number per row, and how much they repeat."""

    name: str
    codes: Codes
    entities: int
    repeated: float
    largest: int
    named: bool  # its name says that it is an entity


def entities(case: Case) -> list[Entity]:
    """Return the columns that name entities which stand in several rows, the most likely first."""
    if ("entities",) in case.memory:
        known: list[Entity] = case.memory["entities",]
        return known
    aside = {case.asked.target, case.asked.time} if case.asked else set()
    found = [_entity(case, column) for column in case.contract.columns if column.name not in aside]
    real = [entity for entity in found if entity]
    # Where all rows repeat by two columns, the finer one says who it is.
    case.memory["entities",] = sorted(real, key=lambda e: (not e.named, -round(e.repeated, 2), -e.entities))
    return list(case.memory["entities",])


def measure(case: Case, name: str, *, named: bool) -> Entity:
    """Count how often the values of a key column repeat."""
    codes = each_apart(*case.levels(name))
    sizes = np.bincount(codes)
    repeated = float(sizes[sizes > 1].sum() / max(1, len(codes)))
    return Entity(name, codes, len(sizes), repeated, int(sizes.max(initial=0)), named)


def shared(case: Case, pairs: Sequence[tuple[int, int]], each: float) -> Entity | None:
    """Return a column that is the key of near twins: they share it, and nobody else does.

    Parameters
    ----------
    pairs : pairs of positions
        Rows that are nearly the same.
    each : float
        How many near twins such a row has.
    """
    one, other = np.array(pairs).T
    for column in case.contract.columns:
        name = column.name
        if name not in case.frame.columns or (case.asked and name == case.asked.target):
            continue
        # A number may be an amount that stays as it was; words and what is known for a key are one.
        if not (case.frame[name].dtype == object or column.role is Role.IDENTIFIER or says_entity(name)):
            continue
        entity = measure(case, name, named=says_entity(name))
        fits = entity.entities >= _FEWEST and len(case.frame) <= _ROOM * (each + 1) * entity.entities
        if fits and float((entity.codes[one] == entity.codes[other]).mean()) >= _MOSTLY:
            return entity
    return None


def _entity(case: Case, column: ColumnContract) -> Entity | None:
    name = column.name
    if name not in case.frame.columns or column.role in {Role.TIME, Role.IGNORED} or not _codes_like(case, column):
        return None
    named = says_entity(name)
    # A person's name alone is no key: two people share it by chance.
    if not named and (column.role is Role.PERSONAL or _says_trait(name)):
        return None
    if (
        not named
        and column.role is not Role.IDENTIFIER
        and len(case.levels(name)[1]) < _BLIND_DISTINCT * len(case.frame)
    ):
        return None
    entity = measure(case, name, named=named)
    if entity.entities < _FEWEST or entity.largest > _LARGEST_SHARE * len(case.frame):
        return None
    if entity.repeated < (_REPEATED if named else _BLIND_REPEATED):
        return None
    return entity if named or _carries_traits(case, entity) else None


def says_entity(name: str) -> bool:
    """Whether a name says "customer number", "patient", "user_id": whom a row is about."""
    words = tokens(name)
    if _TRAIT.intersection(words):
        return False
    if words and words[-1] in _WHO:
        return True
    if _WHO.intersection(words) and _KEY.intersection(words):
        return True
    # Written as one: "kundennummer", "customerid".
    if any(word.startswith(who) and word.endswith(_ENDINGS) for word in words for who in _WHO if len(who) > 3):
        return True
    # "loan_id", "id_jugador": a key of something that is no known trait.
    return len(words) > 1 and bool({"id", "uuid", "guid"} & {words[0], words[-1]})


def _says_trait(name: str) -> bool:
    return bool(_TRAIT.intersection(tokens(name)))


def _codes_like(case: Case, column: ColumnContract) -> bool:
    """Whether the values could be keys: words or whole numbers."""
    if column.type is ColumnType.DATETIME:
        return False
    values = case.frame[column.name]
    if not pd.api.types.is_numeric_dtype(values):
        return True
    present = values.dropna()
    # Most fractions show in the first rows.
    return (
        bool(len(present)) and bool((present.head(1_000) % 1 == 0).all()) and bool((np.floor(present) == present).all())
    )


def _carries_traits(case: Case, entity: Entity) -> bool:
    """Whether at least two other columns stay the same within the entity, though they vary between rows."""
    order = np.argsort(entity.codes, kind="stable")
    same_entity = entity.codes[order][1:] == entity.codes[order][:-1]
    traits = 0
    for name in case.frame.columns:
        if name == entity.name or (case.asked and name == case.asked.target):
            continue
        codes = case.coded(name).codes
        sizes = np.bincount(codes) / len(codes)
        if float((sizes**2).sum()) > _BY_CHANCE:
            continue
        alike = codes[order][1:] == codes[order][:-1]
        traits += float(alike[same_entity].mean()) >= _ALIKE
        if traits >= _TRAITS:
            return True
    return False
