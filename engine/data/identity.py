"""Numbers and addresses that point at one person, by their form and their check digits."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address

_EMAIL = re.compile(r"(mailto:)?[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T].*)?")
_PHONE = re.compile(
    r"(\+|00)[1-9]\d{0,2}[\d ()/.-]{6,}\d"
    r"|\(0\d{1,5}\)[ /.-]?\d[\d /.-]{4,}\d"
    r"|0\d{1,5}[ /.-]+\d[\d /.-]{4,}\d"
    r"|0[1-9]\d{8,10}"
    r"|(1[ .-])?\(\d{3}\) ?\d{3}[ .-]?\d{4}|(1[ .-])?\d{3}(?P<us>[.-])\d{3}(?P=us)\d{4}"
    r"|[6-9]\d{2}(?P<es>[ .-])\d{3}(?P=es)\d{3}|[6-9]\d{2} \d{2} \d{2} \d{2}"
)
_DIGITS = (8, 15)  # of a telephone number
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"4\d{12}(\d{3})?|[256]\d{15}|3[47]\d{13}|3[068]\d{12}")
_BY_FORM = (
    re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}"),  # United States: social security
    re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),  # United Kingdom: NINO
    re.compile(r"\d{2} ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3}"),  # Germany: pension insurance
    re.compile(r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]"),  # Italy: codice fiscale
    re.compile(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d"),  # Mexico: CURP
)
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_STREET = re.compile(
    r".*(strasse|straße|str\.|gasse|platz|allee|weg|damm|ufer|chaussee)\W+\d+\s?[a-z]?\b.*"
    r"|(am|an der|im|zum|unter den)\s.+\s\d+\s?[a-z]?"
    r"|\d+\s?(bis|ter)?,?\s+(rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|quai|route|cours)\s.+"
    r"|(calle|c/|avenida|avda\.?|plaza|paseo|carretera|camino|ronda)\s.+\d.*"
    r"|\d+[a-z]?\s+([\w.'’-]+\s+){1,4}(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl"
    r"|terrace|square|highway|hwy|parkway)\b\.?.*",
    re.IGNORECASE,
)


def is_email(value: str) -> bool:
    """Whether it has the form of an e-mail address."""
    return bool(_EMAIL.fullmatch(value))


def is_phone(value: str) -> bool:
    """Whether it is written like a telephone number, in a way that amounts, dates and codes are not."""
    digits = sum(c.isdigit() for c in value)
    return _DIGITS[0] <= digits <= _DIGITS[1] and bool(_PHONE.fullmatch(value)) and not _DATE.fullmatch(value)


def is_account(value: str) -> bool:
    """Whether it is an IBAN or the number of a payment card, its check digits being right."""
    return _is_iban(value) or _is_card(value)


def is_identity(value: str) -> bool:
    """Whether it is a national identity, social security or tax number, by form and, where there are, check digits."""
    bare = re.sub(r"[ .-]", "", value).upper()
    if any(form.fullmatch(value.upper()) for form in _BY_FORM):
        return True
    return any(check(bare) for check in (_is_dni, _is_nir, _is_steuer_id, _is_ahv, _is_cpf))


def is_network(value: str) -> bool:
    """Whether it is an IP address."""
    if value.count(".") != 3 and value.count(":") < 2:
        return False
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def is_street(value: str) -> bool:
    """Whether it is a street with a house number, as written in English, German, French or Spanish."""
    return len(value) <= 120 and bool(_STREET.fullmatch(value))


KINDS: Mapping[str, Callable[[str], bool]] = {
    "e-mail address": is_email,
    "bank account": is_account,
    "identity number": is_identity,
    "phone number": is_phone,
    "network address": is_network,
    "address": is_street,
}


def _is_iban(value: str) -> bool:
    bare = re.sub(r"\s", "", value).upper()
    if not _IBAN.fullmatch(bare):
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def _is_card(value: str) -> bool:
    digits = re.sub(r"[ -]", "", value)
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_dni(bare: str) -> bool:
    """Spain: DNI and NIE."""
    if not re.fullmatch(r"[XYZ\d]\d{7}[A-Z]", bare):
        return False
    number = int(bare[:-1].translate(str.maketrans("XYZ", "012")))
    return _LETTERS[number % 23] == bare[-1]


def _is_nir(bare: str) -> bool:
    """France: numéro de sécurité sociale, with its key."""
    if not re.fullmatch(r"[1-478]\d{2}(0[1-9]|1[0-2]|[2-9]\d)(\d{2}|2[AB])\d{8}", bare):
        return False
    return int(bare[:13].replace("2A", "19").replace("2B", "18")) % 97 == 97 - int(bare[13:])


def _is_steuer_id(bare: str) -> bool:
    """Germany: tax number of a person (ISO 7064, mod 11,10; one digit stands twice or three times among ten)."""
    if not re.fullmatch(r"[1-9]\d{10}", bare):
        return False
    counts = sorted(bare[:10].count(digit) for digit in set(bare[:10]))
    if counts[-1] not in {2, 3} or counts[-2] != 1:
        return False
    product = 10
    for digit in bare[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(bare[10])


def _is_ahv(bare: str) -> bool:
    """Switzerland: social insurance."""
    if not re.fullmatch(r"756\d{10}", bare):
        return False
    return sum(int(digit) * (1 + 2 * (i % 2)) for i, digit in enumerate(bare)) % 10 == 0


def _is_cpf(bare: str) -> bool:
    """Brazil: CPF."""
    if not re.fullmatch(r"\d{11}", bare) or len(set(bare)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(digit) * (length + 1 - i) for i, digit in enumerate(bare[:length]))
        if total * 10 % 11 % 10 != int(bare[length]):
            return False
    return True
