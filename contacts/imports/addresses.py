"""Reading one address out of a cell as people write them there. No DNS is asked."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

# Two thirds of all addresses: a dot-atom of RFC 5322 section 3.2.3 at a domain of letters, digits and
# hyphens (RFC 5321 section 4.1.2) with a top level of letters. Everything else takes the long way.
_SIMPLE = re.compile(
    r"(?=.{6,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@((?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!invalid$|local$|localhost$|onion$|arpa$)[a-z]{2,63}$",
    re.ASCII,
)
_NAMED = re.compile(r'^\s*"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^<>]+)>\s*[,;]?$')
_NOTHING = frozenset({"", "-", "--", "n/a", "na", "none", "null", "nil", "unknown", "?", ".", "x", "keine", "#n/a"})
_PUNCTUATED = ",; \t"


class NoAddress(ValueError):
    """There is no usable address in the cell; `code` is one of `contacts.imports.reasons`."""

    permanent = True

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


class Address(NamedTuple):
    """An address as it is kept: NFC, the domain in small letters and in Unicode.

    `cleaned` says that the cell held more than it; `name` is what stood before the brackets.
    """

    email: str
    cleaned: bool = False
    name: str = ""
    needs_smtputf8: bool = False


def read_address(cell: str) -> Address:
    """Read the address in a cell. Raises NoAddress."""
    if len(cell) < 255 and _is_simple(cell):
        return Address(cell)
    text, name = _unwrapped(cell)
    if text.lower() in _NOTHING:
        raise NoAddress("no_email")
    if _is_simple(text):
        return Address(text, text != cell.strip(), name)
    if text.count("@") > 1 and re.search(r"[,;\s/|]", text):
        raise NoAddress("several_emails")
    try:
        # Names below .test are for trying things out, which people do with imports.
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except (EmailNotValidError, UnicodeError) as error:
        raise NoAddress("bad_email", str(error)) from None
    # Kept in capitals as the owner writes it (RFC 5321 section 2.4 leaves the local part to its host).
    return Address(found.normalized, text != cell.strip(), name, found.ascii_email is None)


def _is_simple(text: str) -> bool:
    return bool(_SIMPLE.match(text)) and text.find("@") <= 64


def _unwrapped(cell: str) -> tuple[str, str]:
    """A cell without invisible characters, `mailto:`, brackets and the name before them; and that name."""
    text = "".join(char for char in cell if unicodedata.category(char) not in ("Cf", "Cc")).strip()
    name = ""
    if found := _NAMED.match(text):
        name, text = found["name"].strip(), found["address"].strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    return text.strip(_PUNCTUATED), name
