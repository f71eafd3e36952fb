"""Whom a column is about; false alarms count as much as misses."""

import numpy as np
import pandas as pd
import pytest

from engine.data import roles
from engine.data.profile import describe
from engine.data.read import read_file
from engine.data.sample import churn
from engine.data.types import finish
from engine.domain.dataset import ColumnType


def words(*values: str | None, times: int = 1) -> pd.Series:
    return pd.Series(list(values) * times, dtype=object)


PEOPLE = words("Ann Lee", "Bo van Dijk", "Müller, Eva", "José García", "O'Neil, Pat")
PHONES = words("+49 151 1234567", "030 / 1234567", "(030) 123 45 67", "0049 30 1234567")


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("contact", words("a@b.de", "c.d@example.com", "e@f.org"), "e-mail address"),
        ("E-Mail", words("a at b", "c at d", "e at f"), "e-mail address"),
        ("x", PHONES, "phone number"),
        ("Telefonnummer", words("1234567", "2345678", "3456789"), "phone number"),
        ("phone", pd.Series([2095257564.0, 2095257565.0, 2095257566.0]), "phone number"),
        (
            "konto",
            words("DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "FR1420041010050500013M02606"),
            "bank account",
        ),
        ("card", words("4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"), "bank account"),
        ("x", words("123-45-6789", "234-56-7890", "345-67-8901"), "identity number"),
        ("Name", PEOPLE, "name"),
        ("nom", PEOPLE, "name"),
        ("Nachname", words("Müller", "Schmidt", "Fischer"), "name"),
        ("first_name", words("Ann", "Bo", "Eva"), "name"),
        ("Straße", words("Hauptstr. 1", "Am Markt 5", "Ring 3"), "address"),
        ("Geburtsdatum", pd.Series(pd.to_datetime(["1970-01-01", "1980-01-01", "1990-01-01"])), "date of birth"),
        ("dateOfBirth", pd.Series(pd.to_datetime(["1970-01-01", "1980-01-01", "1990-01-01"])), "date of birth"),
        # Under any name.
        ("c1", words("Braund, Mr. Owen", "Cumings, Mrs. John", "Heikkinen, Miss. Laina", times=4), None),
        ("c1", words(*[f"{t} {x}son" for t in ("Mr", "Mrs") for x in "ABCDEFG"]), "name"),
        (
            "c1",
            words("Anna", "Peter", "Hans", "Marie", "Jean", "Carmen", "Luis", "Emma", "Paul", "Sofia", "Zed"),
            "name",
        ),
        (
            "c1",
            words("Müller", "Schmidt", "García", "Smith", "Dubois", "López", "Weber", "Martin", "Rossi", "Meyer"),
            "name",
        ),
        ("c1", words(*[f"{g} {s}" for g in ("Ana", "Karl", "Zoe") for s in ("Abt", "Ott", "Paz", "Ruf")]), "name"),
        ("c1", words("Hauptstr. 1", "12 rue de la Paix", "Calle Mayor 7"), "address"),
        ("c1", words("10.0.0.1", "10.0.0.2", "192.168.3.4"), "network address"),
        ("Kennzeichen", words("B-AB 123", "M-XY 7", "HH-C 99"), "licence plate"),
        ("dirección", words("Mayor 7", "Sol 3", "Luna 12"), "address"),
        ("client_ip", words("10.0.0.x", "10.0.1.x", "10.9.9.9"), "network address"),
        # What looks like it and is not.
        (
            "c1",
            words(*[f"{c} {t}" for c in ("Old", "New", "Big") for t in ("Town Hall", "Oak Tree", "Red Barn", "Inn")]),
            None,
        ),
        (
            "c1",
            words("Bonn", "Ulm", "Kiel", "Trier", "Mainz", "Jena", "Gera", "Hagen", "Essen", "Worms", "Fulda", "Celle"),
            None,
        ),
        ("c1", words("Ford Fiesta", "VW Golf", "Fiat Panda", "Opel Corsa", "BMW X1", "Audi A4", times=3), None),
        ("plate", words("steel", "iron", "brass", times=20), None),
        ("email", words("daily", "weekly", "never", times=20), None),
        ("contact", words("cellular", "telephone", "unknown", times=20), None),
        ("mobile", pd.Series([0.0, 1.0] * 20), None),
        ("phone", words("yes", "no", times=20), None),
        ("name", words("red wine", "white wine", times=20), None),
        ("address", pd.Series([1.0, 2.0, 3.0]), None),
        ("code", words("2024-01-31", "2024-02-01", "2024-02-02"), None),
        ("amount", pd.Series([1e9, 2e9, 3e9]), None),
    ],
)
def test_personal_data_is_known_by_name_and_values(name, values, kind):
    assert roles.personal(name, values) == kind


TWO = words("a", "b")


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        *[(n, TWO, "sex") for n in ("Sex", "gender", "Geschlecht", "sexe", "sexo", "género", "customer_gender")],
        *[(n, TWO, "race") for n in ("race", "Ethnicity", "ethnische Herkunft", "raza", "skin_color")],
        *[(n, TWO, "religion") for n in ("Religion", "Konfession", "religión")],
        *[
            (n, TWO, "nationality")
            for n in ("nationality", "Staatsangehörigkeit", "Staatsangehoerigkeit", "native-country")
        ],
        *[(n, TWO, "disability") for n in ("disability", "Schwerbehinderung", "discapacidad")],
        *[
            (n, TWO, "marital status")
            for n in ("marital-status", "Familienstand", "état civil", "estado_civil", "MARRIAGE")
        ],
        *[(n, TWO, "pregnancy") for n in ("pregnant", "Schwangerschaft", "embarazo")],
        *[(n, TWO, "sexual orientation") for n in ("sexualOrientation", "sexuelle Orientierung")],
        *[(n, TWO, "union membership") for n in ("union_member", "Gewerkschaft", "sindicato")],
        *[
            (n, TWO, "age")
            for n in ("age", "Alter", "edad", "age_group", "AgeInYears", "customer age", "birth_year", "SeniorCitizen")
        ],
        *[
            (n, TWO, "political view")
            for n in ("political_party", "Parteizugehörigkeit", "opinion politique", "ideología")
        ],
        *[(n, TWO, "sex") for n in ("is_female", "sex_male", "gender_F", "GESCHL", "sex at birth", "emp_gender")],
        *[(n, TWO, "race") for n in ("race_black", "race_White", "ethnicity_asian", "hispanic")],
        *[(n, TWO, "marital status") for n in ("marital_status_married", "Zivilstand", "statut marital")],
        *[(n, TWO, "nationality") for n in ("Muttersprache", "citizenship", "Ausländer", "nationality_german")],
        ("g", words("M", "F", None), "sex"),
        ("c1", words("w", "m"), "sex"),
        ("c1", words("H", "F"), "sex"),
        ("c1", words("Herr", "Frau", "Firma"), "sex"),
        ("c1", words("Mr", "Mrs", "Ms", "Dr"), "sex"),
        ("c1", words("hombre", "mujer", "otro"), "sex"),
        ("c1", words("Democrat", "Republican", "Independent"), "political view"),
        ("c1", words("SPD", "CDU", "Grüne"), "political view"),
        ("c1", words("evangelisch", "römisch-katholisch", "keine"), "religion"),
        ("c1", words("ledig", "verheiratet", "geschieden"), "marital status"),
        ("c1", words("célibataire", "marié", "divorcé"), "marital status"),
        ("c1", words("soltero", "casado", "viudo"), "marital status"),
        ("c1", words("Turkish", "Syrian", "German", "American"), "nationality"),
        ("c1", words("deutsch", "österreichisch", "schweizerisch", "türkisch"), "nationality"),
        ("c1", words("union member", "non-union"), "union membership"),
        ("c1", words("pregnant", "not pregnant"), "pregnancy"),
        ("c1", words("disabled", "able-bodied"), "disability"),
        ("c1", words("hetero", "gay", "bisexual"), "sexual orientation"),
        ("age", pd.Series(np.arange(18.0, 90.0)), "age"),
        ("birth_year", pd.Series(np.arange(1930.0, 2005.0)), "age"),
        ("Q1", words("weiblich", "maennlich", "divers"), "sex"),
        ("genre", words("homme", "femme"), "sex"),
        ("group", words("White", "Black", "Asian-Pac-Islander"), "race"),
        ("belief", words("Muslim", "Christian", "none"), "religion"),
        ("relationship", words("Husband", "Wife", "Own-child"), "marital status"),
        # What looks like it and is not.
        *[
            (n, TWO, None)
            for n in ("average", "page", "stage", "account_age", "age_of_car", "vehicle age", "message", "usage")
        ],
        ("genre", words("comedy", "drama"), None),
        ("colour", words("white", "black", "red"), None),
        ("level", words("H", "M", "L"), None),
        ("frequency", words("W", "M", "D"), None),
        ("class", words("single", "double"), None),
        ("race", pd.Series(np.arange(100.0)), None),
        ("language", words("English", "German", "French", "Spanish"), None),
        ("risk", words("conservative", "moderate", "aggressive"), None),
        ("signal", words("green", "yellow", "red"), None),
        ("size", words("S", "M", "L", "F"), None),
        ("age", pd.Series(np.arange(1.0, 366.0)), None),
        ("race_time", pd.Series(np.arange(100.0)), None),
        ("party_size", TWO, None),
        ("union_square", TWO, None),
    ],
)
def test_sensitive_attributes_are_known_by_name_and_values(name, values, kind):
    assert roles.sensitive(name, values) == kind


def _identifier(name: str, values: pd.Series) -> str | None:
    kind = finish(values, None)[1] if values.dtype == object else ColumnType.INTEGER
    return roles.identifier(describe(pd.DataFrame({name: values}), {name: kind}).columns[0], values)


N = 200
SHUFFLED = np.random.default_rng(0).permutation(N)


@pytest.mark.parametrize(
    ("name", "values", "words_said"),
    [
        ("x", pd.Series(np.arange(1.0, N + 1)), "counts the rows, from 1 to 200"),
        ("x", pd.Series(SHUFFLED + 0.0), "counts the rows"),
        ("id", pd.Series([3.0, 9.0, 4.0]), "number of its own"),
        ("x", pd.Series(np.arange(N) * 1.5 // 1 + 7), "number of its own"),
        ("x", words(*[f"k{i}" for i in range(N)]), "value of its own"),
        ("x", words(*[f"AB-{i % 150}" for i in range(N)]), "150 different ones in 200 rows"),
        ("customer_id", words(*[f"k{i % 80}" for i in range(N)]), "80 different values in 200 rows"),
        ("Kundennummer", pd.Series(np.arange(N) % 80 * 7.0), "80 different values in 200 rows"),
        # What looks like it and is not.
        ("store_id", pd.Series(np.arange(N) % 10 + 0.0), None),
        ("year", pd.Series(np.arange(1824.0, 2024)), None),
        ("income", pd.Series(SHUFFLED**2 + 0.0), None),
        ("number_of_steps", pd.Series(SHUFFLED // 2 * 13.0), None),
        ("zip_code", words(*[f"{i % 80:05d}" for i in range(N)]), None),
        ("town", words(*["Bonn", "Ulm"] * 100), None),
        ("note", words(*[f"a long remark about customer {i}" for i in range(N)]), None),
        ("cabin", words(*[f"C{i}" if i < 60 else None for i in range(N)]), None),
    ],
)
def test_identifiers_are_known_by_name_and_values(name, values, words_said):
    reason = _identifier(name, values)
    assert (words_said in reason) if words_said else reason is None


@pytest.mark.parametrize(
    ("table", "people", "attributes", "keys"),
    [
        ("bank", set(), {"age", "marital"}, set()),
        ("bike", set(), set(), {"instant"}),
        ("credit", set(), {"SEX", "MARRIAGE", "AGE"}, set()),
        ("income", set(), {"age", "marital-status", "relationship", "race", "sex", "native-country"}, set()),
        ("titanic", {"Name"}, {"Sex", "Age"}, {"PassengerId", "Ticket"}),
        ("wine", set(), set(), set()),
    ],
)
def test_the_real_tables_give_no_false_alarm(shared_data, table, people, attributes, keys):
    read = read_file(shared_data / f"{table}.csv")
    profile = describe(read.frame, read.types)
    assert {c for c in read.frame if roles.personal(c, read.frame[c])} == people
    assert {c for c in read.frame if roles.sensitive(c, read.frame[c])} == attributes
    assert {c.name for c in profile.columns if roles.identifier(c, read.frame[c.name])} == keys


def test_names_become_words():
    assert [roles.plain(n) for n in ("PassengerId", "marital-status", "Straße_Nr", "IDNumber", "État civil")] == [
        "passenger id",
        "marital status",
        "strasse nr",
        "id number",
        "etat civil",
    ]


def test_the_samples_columns_are_known():
    frame = churn(300)
    assert roles.sensitive("gender", frame["gender"]) == "sex"
    assert _identifier("row_id", frame["row_id"])
    assert _identifier("customer_id", frame["customer_id"])
