"""What DNS says of a key's record (RFC 6376 section 3.6.1), in words for the administrator."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from messaging.dkim.keys import record_name
from messaging.dns_text import AskText, DnsUnanswered, ask_text
from messaging.models import DkimKey
from messaging.senders import DnsAnswer

_SPACE = re.compile(r"\s+")


def look_up_key(key: DkimKey, *, ask: AskText = ask_text) -> DnsAnswer:
    """Whether receivers find a key. Never raises for what DNS does."""
    name = record_name(key.selector, key.domain.domain)
    try:
        texts = ask(name)
    except DnsUnanswered as error:
        return DnsAnswer(False, _("DNS did not answer, try again later: %(error)s") % {"error": error})
    if not texts:
        return DnsAnswer(False, _("There is no TXT record at %(name)s yet.") % {"name": name})
    if len(texts) > 1:
        # Which one is read is undefined (section 3.6.2.2).
        words = _("There are %(count)s TXT records at %(name)s; receivers may read any of them. Leave one.")
        return DnsAnswer(False, words % {"count": len(texts), "name": name})
    problem = _problem(tags(texts[0]), key)
    return DnsAnswer(not problem, problem or _("The record was found."))


def tags(text: str) -> dict[str, str]:
    """The tags of a record with their values, without white space; of one that occurs twice the first."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip(), _SPACE.sub("", value))
    return found


def _problem(found: dict[str, str], key: DkimKey) -> str:
    """Why receivers would not verify with this record, or nothing."""
    if found.get("v", "DKIM1") != "DKIM1":
        return _("There is a record, but it is not one of DKIM (v=%(value)s).") % {"value": found["v"][:40]}
    if "p" not in found:
        return _("There is a record, but it holds no key (p=).")
    if not found["p"]:
        return _("There is a record that revokes the key: its p= is empty.")
    if found["p"] != key.public_key:
        if key.public_key.startswith(found["p"]):
            return _("There is a record, but its key is cut off: all strings of the value belong into one record.")
        return _("There is a record, but with another key.")
    if found.get("k", "rsa") != key.algorithm:
        return _("The record names another algorithm: it needs k=%(algorithm)s.") % {"algorithm": key.algorithm}
    if "sha256" not in found.get("h", "sha256").split(":"):
        return _("The record does not allow SHA-256 (h=).")
    if not {"*", "email"} & set(found.get("s", "*").split(":")):
        return _("The record is not meant for email (s=).")
    return ""
