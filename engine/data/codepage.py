"""Which code page bytes beyond ASCII were written in, told by how the words read in each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

# The letters beyond ASCII of what is written in each code page, by language and the most frequent first; and what the
# code page is charged for being rare.
_CYRILLIC = ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаинетвріслкдмупязьгбчйхжїцєшюфщґ", "аоиетнврсдлпкмзгъбуяцчжщшхюфйь")
_GREEK = ("αοιετσνηυρπκμλςίάγδόωέχθφβξήύώζψ",)
_POLISH = ("łąęóśżćńź",)
_CENTRAL = (*_POLISH, "íáéěžřčšůýúťďňó", "áíčžšýéúľťňôďäóŕĺ", "áéöóőíüúű", "ăâîşţ", "šžčćđ")
_TURKISH = ("ışğüöçâîû",)
_WESTERN = (
    *("üäöß", "éèàêçôîâûùëïœ", "óíáéñúü", "ãçáéíóõâêôúà", "àèéìòù", "äåöé", "øåæéö", "ëéïöèü", "àèéíïòóúüç"),
    "------áíóúéöæþðý",  # Icelandic is so rare that Turkish goes before it
)
_ALPHABETS: dict[str, tuple[float, tuple[str, ...]]] = {
    "cp1252": (0.0, _WESTERN),
    "iso8859_15": (0.5, _WESTERN),
    "cp1251": (0.5, _CYRILLIC),
    "cp1250": (1.0, _CENTRAL),
    "cp1253": (1.0, _GREEK),
    "cp1254": (1.0, _TURKISH),
    "cp1255": (1.0, ("יוהלראבתמשנםעדקחפסטכגזצךןץףװ",)),
    "cp1256": (1.0, ("اليمنرتوبدةسفعكقهجحشصطخءضزثذأغظئؤإىآپچژگ",)),
    "cp874": (1.0, ("านรอกเงมยลวดตสทัปบีิ่้คหแพุจูขผใชไโะึืธศณซฐำ็์",)),
    "cp1257": (4.0, ("ėšžąųįūčę", "āīēšņļķģžčū", "äõüöšž")),
    "iso8859_2": (2.0, _CENTRAL),
    "iso8859_7": (2.0, _GREEK),
    "mac_roman": (5.0, _WESTERN),
    "cp850": (5.0, _WESTERN),
    "koi8_r": (1.0, _CYRILLIC),
    "cp866": (4.0, _CYRILLIC),
    "iso8859_5": (3.0, _CYRILLIC),
}
# Of the scripts with thousands of characters: the charge, the page whose lead byte tells frequent characters from rare
# ones, the range of the frequent ones, and some that no longer text lacks.
_CHARACTERS: dict[str, tuple[float, str, range, str]] = {
    "shift_jis": (0.5, "euc_jp", range(0xB0, 0xD0), "日本人年大会社東京市国月田中部名山区男女"),
    "cp932": (0.6, "euc_jp", range(0xB0, 0xD0), "日本人年大会社東京市国月田中部名山区男女"),
    "euc_jp": (1.0, "euc_jp", range(0xB0, 0xD0), "日本人年大会社東京市国月田中部名山区男女"),
    "gb18030": (0.5, "gb2312", range(0xB0, 0xD8), "的一是不了在人有我他这中大来上国个到说们为子和你地出道时年生海北京"),
    "big5": (
        1.0,
        "big5",
        range(0xA4, 0xC7),
        "的一是不了在人有我他這中大來上國個到說們為子和你地年生海北灣臺男女客",
    ),
    "cp949": (
        0.5,
        "euc_kr",
        range(0xB0, 0xC9),
        "이다는에의가을한고를지로서은도대사기자인시하나스주정김박부구동수원",
    ),
}
_JAPANESE = frozenset({"shift_jis", "cp932", "euc_jp"})
_TYPOGRAPHY = frozenset("€–—‘’“”„…°§«»·²³½´µ©®™¿¡ºª£¥•№×±  ‚‹›¼¾Øø")
_FULLWIDTH = re.compile("[\u3000-\u303f\uff00-\uff60\uffe0-\uffe6]")
_KANA = re.compile("[\u3041-\u30ff]")
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_PIECE = re.compile(rb"[^\x00-\x2f\x3a-\x3f]*[\x80-\xff][^\x00-\x2f\x3a-\x3f]*")
_MOST_WORDS = 300
_SURE = 5.0  # natural logarithm of how much likelier the best reading must be than the next: 148 to 1


@dataclass(frozen=True)
class Guess:
    """The likeliest code page; ``others`` read the words differently and are not much less likely."""

    name: str
    others: tuple[str, ...] = ()
    example: str = ""  # a value as it reads
    other_example: str = ""  # the same value as the first of ``others`` reads it


def guess(sample: bytes) -> Guess:
    """Tell the code page of text that is not UTF-8 from those of its words that hold bytes beyond ASCII."""
    words = list(dict.fromkeys(_PIECE.findall(sample)))[:_MOST_WORDS]
    costs: dict[str, float] = {}
    readings: dict[str, list[str]] = {}
    for name in (*_ALPHABETS, *_CHARACTERS):
        try:
            readings[name] = [word.decode(name) for word in words]
        except UnicodeDecodeError:
            continue
        costs[name] = _cost(name, readings[name])
    if not costs:
        return _damaged(words)
    best = min(costs, key=lambda name: costs[name])
    others: list[str] = []
    for name in sorted(costs, key=lambda name: costs[name]):
        known = [readings[other] for other in (best, *others)]
        if costs[name] < costs[best] + _SURE and readings[name] not in known:
            others.append(name)
    if not others:
        return Guess(best)
    telling = next(i for i, word in enumerate(readings[best]) if word != readings[others[0]][i])
    return Guess(best, tuple(others[:4]), readings[best][telling][:40], readings[others[0]][telling][:40])


def _damaged(words: Sequence[bytes]) -> Guess:
    """Where a few bytes fit no code page, the one that fits most words."""
    fits = {name: sum(_fits(word, name) for word in words) for name in (*_ALPHABETS, *_CHARACTERS)}
    most = max(fits.values(), default=0)
    tolerable = [name for name, count in fits.items() if count == most and most]
    costs = {name: _cost(name, [w.decode(name) for w in words if _fits(w, name)]) for name in tolerable}
    return Guess(min(costs, key=lambda name: costs[name]) if costs else "cp1252")


def _fits(word: bytes, name: str) -> bool:
    try:
        word.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _cost(name: str, words: Sequence[str]) -> float:
    """Return how unlikely the words are: the negative logarithm of a rough likelihood."""
    if name in _CHARACTERS:
        charge, page, frequent, usual = _CHARACTERS[name]
        signs = (c for word in words for c in word if ord(c) > 0x7F)
        return charge + sum(_character(c, page, frequent, usual, name in _JAPANESE) for c in signs)
    charge, languages = _ALPHABETS[name]
    ranks = [_ranks(letters) for letters in languages]
    any_letter = frozenset().union(*ranks)
    latin = languages in (_WESTERN, _CENTRAL, _TURKISH) or name == "cp1257"
    charged = charge
    for word in words:
        # A word is in one language, a table may be in several.
        charged += min(sum(_letter(c, rank, any_letter) for c in word if ord(c) > 0x7F) for rank in ranks)
        charged += _context(word, latin)
    # Where a table is in one language, all of its words fit that language's letters.
    letters = [c.lower() for word in words for c in word if c.isalpha() and ord(c) > 0x7F]
    together = min(sum(letter not in rank for letter in letters) for rank in ranks)
    return charged + min(together, 20) * 0.7


@cache
def _ranks(letters: str) -> dict[str, int]:
    return {letter: rank for rank, letter in enumerate(letters)}


def _letter(c: str, rank: dict[str, int], any_letter: frozenset[str]) -> float:
    small = c.lower()
    if small in rank:
        return 2.0 + 0.1 * rank[small] + 0.5 * (small != c)
    if small in any_letter:
        return 5.0
    if c in _TYPOGRAPHY:
        return 4.0
    return 6.5 if c.isalpha() else 8.0 if c.isprintable() else 14.0


def _context(word: str, latin: bool) -> float:
    """Charge what does not stand side by side in a word: scripts, small before capital letters, signs among letters."""
    charged = 0.0
    for before, c in zip(word, word[1:], strict=False):
        high = ord(before) > 0x7F, ord(c) > 0x7F
        if not any(high):
            continue
        if before.isalpha() and c.isalpha():
            charged += 4.0 * (before.islower() and c.isupper())
            charged += 8.0 * (not latin and high[0] != high[1])
            charged += 1.5 * (latin and all(high))
        elif (before.isalpha() or c.isalpha()) and not {before, c} & set(" '’-–|/\\_&@"):
            charged += 3.0
    return charged


def _character(c: str, page: str, frequent: range, usual: str, japanese: bool) -> float:
    if c in usual:
        return 5.0
    if _KANA.match(c):
        return 4.0 if japanese else 10.0
    if _HALF_KANA.match(c):
        return 5.0
    if _FULLWIDTH.match(c):
        return 6.0
    try:
        lead = c.encode(page)[0]
    except UnicodeEncodeError:
        return 14.0
    return 7.5 if lead in frequent else 12.0
