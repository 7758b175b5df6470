"""What a domain tells receivers about its mail beside DKIM: SPF (RFC 7208) and DMARC (RFC 7489), with what to add."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from messaging.dkim.records import tags
from messaging.dns_text import AskText, DnsUnanswered, ask_text

# Green, orange, red and grey of the page.
Standing = Literal["good", "look", "missing", "unknown"]

# What services that are reached by SMTP ask their customers to include: the end of the host's name, and the term.
INCLUDES: tuple[tuple[str, str], ...] = (
    (".google.com", "include:_spf.google.com"),
    (".gmail.com", "include:_spf.google.com"),
    (".office365.com", "include:spf.protection.outlook.com"),
    (".outlook.com", "include:spf.protection.outlook.com"),
    (".amazonaws.com", "include:amazonses.com"),
    (".sendgrid.net", "include:sendgrid.net"),
    (".mailgun.org", "include:mailgun.org"),
    (".brevo.com", "include:spf.brevo.com"),
    (".sendinblue.com", "include:spf.brevo.com"),
    (".mailjet.com", "include:spf.mailjet.com"),
    (".postmarkapp.com", "include:spf.mtasv.net"),
    (".mandrillapp.com", "include:spf.mandrillapp.com"),
    (".messagingengine.com", "include:spf.messagingengine.com"),
    (".fastmail.com", "include:spf.messagingengine.com"),
)
# RFC 7208 section 4.6.4: more terms that need DNS are a permanent error.
MAX_LOOKUPS = 10
_ASKS = re.compile(r"[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?:[:/]|$)|exists:)|redirect=", re.IGNORECASE)
_ALL = re.compile(r"([+?~-]?)all\Z", re.IGNORECASE)


@dataclass(frozen=True)
class PolicyFinding:
    """One policy as DNS has it now. `name` and `value` are the record to have, where one is to be added or changed."""

    standing: Standing
    words: str
    seen: str = ""
    name: str = ""
    value: str = ""


def check_spf(domain: str, hosts: Iterable[str], *, ask: AskText = ask_text) -> PolicyFinding:
    """Whether the domain says which servers may send for it. `hosts`: the SMTP servers that mail leaves by."""
    needed = list(dict.fromkeys(filter(None, map(_term, hosts))))
    try:
        found = [text for text in ask(domain) if text.lower().split(" ")[0] == "v=spf1"]
    except DnsUnanswered as error:
        return _unanswered(error)
    if not found:
        words = _("There is no SPF record: receivers cannot tell which servers may send for the domain.")
        if not needed:
            # A record without them would call all mail into doubt.
            return PolicyFinding("missing", words + " " + _("Your provider says what to name in it."))
        return PolicyFinding("missing", words, name=domain, value=f"v=spf1 {' '.join([*needed, '~all'])}")
    if len(found) > 1:
        words = _("There are %(count)s SPF records, which counts as an error: join them into one.")
        return PolicyFinding("look", words % {"count": len(found)}, seen="\n".join(found))
    return _judged_spf(domain, found[0], needed, ask)


def check_dmarc(domain: str, *, strict_parent: str = "", ask: AskText = ask_text) -> PolicyFinding:
    """What the domain asks receivers to do with mail that fails. `strict_parent`: a domain above that signs for it."""
    try:
        where, found = _dmarc(domain, ask)
    except DnsUnanswered as error:
        return _unanswered(error)
    name, value = f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}"
    if not found:
        words = _("There is no DMARC record. Gmail, Yahoo and Microsoft ask senders of bulk mail for one.")
        return PolicyFinding("missing", words, name=name, value=value)
    if len(found) > 1:
        words = _("There are %(count)s DMARC records, which counts as none: leave one.")
        return PolicyFinding("look", words % {"count": len(found)}, seen="\n".join(found))
    policy = tags(found[0])
    asked = policy.get("sp" if where != domain and "sp" in policy else "p", "").lower()
    if asked not in {"none", "quarantine", "reject"}:
        return PolicyFinding("look", _("The DMARC record has no valid policy (p=)."), found[0], name, value)
    if strict_parent and policy.get("adkim", "r").lower() == "s":
        words = _("The DMARC record asks for strict alignment (adkim=s): make a DKIM key for %(domain)s itself.")
        return PolicyFinding("look", words % {"domain": domain}, found[0])
    if asked == "none":
        words = _("DMARC is there and only watches (p=none). Go on to p=quarantine once its reports show no strangers.")
    else:
        words = _("DMARC is there: receivers are asked to %(policy)s mail that fails.")
        words %= {"policy": _("reject") if asked == "reject" else _("quarantine")}
    return PolicyFinding("good", words, found[0])


def _dmarc(domain: str, ask: AskText) -> tuple[str, list[str]]:
    """The records that hold for a domain, and the domain they stand at: its own, or the nearest above."""
    where = domain
    while "." in where:
        found = [text for text in ask(f"_dmarc.{where}") if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if found:
            return where, found
        where = where.partition(".")[2]
    return domain, []


def _judged_spf(domain: str, record: str, needed: list[str], ask: AskText) -> PolicyFinding:
    terms = record.split()[1:]
    # From the first level only: what an include includes is for its owner to keep small.
    if sum(bool(_ASKS.match(term)) for term in terms) > MAX_LOOKUPS:
        words = _("The SPF record needs more than %(count)s questions to DNS, which counts as an error.")
        return PolicyFinding("look", words % {"count": MAX_LOOKUPS}, record)
    ends = [match[1] for term in terms if (match := _ALL.match(term))]
    if ends and ends[0] in {"", "+"}:
        words = _("The SPF record lets anybody send for the domain: end it with ~all.")
        return PolicyFinding("look", words, record, domain, re.sub(r"[+]?all\b", "~all", record))
    missing = [term for term in needed if term.lower() not in _known(record, ask)]
    if missing:
        words = _("There is an SPF record. It does not name your provider; add %(terms)s unless it does.")
        at = next((n for n, term in enumerate(terms) if _ALL.match(term) or "redirect=" in term), len(terms))
        value = " ".join(["v=spf1", *terms[:at], *missing, *terms[at:]])
        return PolicyFinding("look", words % {"terms": " ".join(missing)}, record, domain, value)
    return PolicyFinding("good", _("SPF is there."), record)


def _known(record: str, ask: AskText) -> set[str]:
    """The terms of a record, and of those it includes or redirects to at first hand."""
    terms = {term.lower().lstrip("+") for term in record.split()}
    for term in sorted(terms):
        target = re.match(r"(?:include:|redirect=)([a-z0-9._-]+)\Z", term)
        if target:
            try:
                texts = ask(target[1])
            except DnsUnanswered:
                continue
            terms |= {each.lower() for text in texts if text.lower().startswith("v=spf1") for each in text.split()}
    return terms


def _term(host: str) -> str:
    """What lets a server send: what its operator asks customers to include, else its own name."""
    host = host.lower().rstrip(".")
    for ending, term in INCLUDES:
        if host.endswith(ending):
            return term
    # An address, or a name of this machine, says nothing about where mail reaches the world from.
    return f"a:{host}" if "." in host and not re.search(r"[^a-z0-9.-]|\.\d+\Z", host) else ""


def _unanswered(error: DnsUnanswered) -> PolicyFinding:
    return PolicyFinding("unknown", _("DNS did not answer, try again later: %(error)s") % {"error": error})
