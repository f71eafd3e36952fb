"""What a spreadsheet program might take for a formula (CWE-1236): a table that somebody opens runs nothing.

Signs count in their full width too, and after what such programs pass over.
"""

import re

_PASSED_OVER = " \t\r\n\0\xa0\u200b\ufeff"
_NUMBER = re.compile(r"[+-]?\d[\d.,]*([eE][+-]?\d+)?%?")
# What ``safe`` looks at more closely, for whoever has many texts. Of those that begin with a plain letter none fits.
RISKY = r"^[ \t\r\n\x00\x{a0}\x{200b}\x{feff}]*[=@+\-\x{ff1d}\x{ff20}\x{ff0b}\x{ff0d}]|^[\t\r\n]"


def safe(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula: a leading apostrophe where it might."""
    bare = text.lstrip(_PASSED_OVER)
    risky = text[:1] in {"\t", "\r", "\n"} or bare[:1] in {"=", "@", "\uff1d", "\uff20"}
    # A number is one, and a mark of dashes alone is no formula.
    signed = bare[:1] in {"+", "-", "\uff0b", "\uff0d"} and bare.strip("-") != ""
    risky = risky or (signed and len(bare) > 1 and not _NUMBER.fullmatch(bare))
    return f"'{text}" if risky else text
