"""What `manage.py doctor` asks of sending domains: verified, signed, and what receivers find in DNS."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.operations import Examination, Finding, hint, ok, problem
from messaging.dkim.records import look_up_key
from messaging.dns_text import DnsUnanswered, ask_addresses, ask_names, ask_text
from messaging.models import DkimKey, Mailing, Provider, SenderAddress, SendingDomain


def _senders() -> Iterator[Finding]:
    domains = list(SendingDomain.objects.all())
    for domain in domains:
        if domain.verified_at is None:
            yield hint(
                f"The sending domain {domain.domain} is not verified.",
                "Set the TXT record shown under Sending addresses, then press Check.",
            )
    used = Mailing.objects.filter(campaign__status__in=("draft", "scheduled")).exclude(from_email="")
    if not domains and not SenderAddress.objects.filter(verified_at__isnull=False).exists():
        what = "campaigns that are written cannot be sent" if used.exists() else "no campaign can be sent"
        yield hint(f"No sender is verified: {what}.", "Add a domain or an address under Sending addresses.")
    elif all(domain.verified_at for domain in domains):
        yield ok("Every sending domain is verified.")


def _signing() -> Iterator[Finding]:
    """Keys whose record receivers need, and domains that have none though a route of ours signs."""
    needed = DkimKey.objects.filter(state__in=DkimKey.NEEDED).select_related("domain")
    lost = [key for key in needed if key.record_found is False]
    for key in lost:
        # Who activated it on their word knows of a DNS that is not ours.
        make = hint if key.activated_how == "administrator" else problem
        yield make(f"The DKIM record of {key} was not found: {key.check_words}", _SET_RECORD)
    if any(one.config.get("sign_dkim") for one in Provider.objects.filter(is_active=True, kind="smtp")):
        verified = SendingDomain.objects.filter(verified_at__isnull=False)
        for domain in verified.exclude(dkim_keys__state=DkimKey.State.ACTIVE):
            yield hint(
                f"Mail from {domain.domain} leaves unsigned: it has no active DKIM key.",
                "Make one under Sending addresses, set its record, and activate it.",
            )
    if not lost:
        yield ok("No signature is without its record, as far as was last looked.")


_SET_RECORD = "Set it as shown under Sending addresses, or make another key: receivers call such mail forged."


def _dns() -> Iterator[Finding]:
    """What receivers ask DNS about our domains and our own servers' names."""
    try:
        for domain in SendingDomain.objects.filter(verified_at__isnull=False):
            yield from _policies(domain.domain)
        for key in DkimKey.objects.filter(state__in=DkimKey.NEEDED).select_related("domain"):
            seen = look_up_key(key)
            yield ok(f"{key}: {seen.words}") if seen.found else problem(f"{key}: {seen.words}", _SET_RECORD)
        for one in Provider.objects.filter(is_active=True, kind="smtp"):
            if name := str(one.config.get("local_hostname") or ""):
                yield _reverse(one.name, name)
    except DnsUnanswered as error:
        yield hint(f"DNS did not answer: {error}", "Look at the machine's resolver, or set DNS_SERVERS.")


def _policies(domain: str) -> Iterator[Finding]:
    spf = [text for text in ask_text(domain) if text.lower().startswith("v=spf1")]
    if len(spf) == 1:
        yield ok(f"{domain} has an SPF record: {spf[0]}")
    else:
        # Two are as bad as none (RFC 7208 section 4.5).
        yield hint(
            f"{domain} has {len(spf) or 'no'} SPF record{'s' * (len(spf) > 1)}.",
            f"Publish one TXT record at {domain}: v=spf1, what your provider tells, and -all at the end.",
        )
    if any(text.lower().startswith("v=dmarc1") for text in ask_text(f"_dmarc.{domain}")):
        yield ok(f"{domain} has a DMARC record.")
    else:
        yield hint(
            f"{domain} has no DMARC record; Google, Yahoo and Microsoft want one of who sends much.",
            f"Publish a TXT record at _dmarc.{domain}, to begin with: v=DMARC1; p=none; rua=mailto:you@{domain}",
        )


def _reverse(provider: str, name: str) -> Finding:
    names = {found for address in ask_addresses(name) for found in ask_names(address)}
    if name.lower() in names:
        return ok(f"{name}, which we say in EHLO to {provider}, and its reverse name agree.")
    told = f"that is {', '.join(sorted(names))}" if names else "there is none"
    return hint(
        f"{name}, which we say in EHLO to {provider}, is not the reverse name of its address: {told}.",
        "Where this server hands mail to the recipients' servers itself, set PTR, name and address to one another.",
    )


EXAMINATIONS = (
    Examination("senders", "Senders", _senders, order=50),
    Examination("signing", "Signing", _signing, order=51),
    Examination("dns", "DNS", _dns, option="dns", order=52),
)
