"""What `manage.py doctor` asks of messaging: late mail, dead workers' batches, providers, senders, DNS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import dns.exception
import dns.resolver
import dns.reversename
from django.utils import timezone

from contacts.operations import Examination, Finding, database_now, hint, ok, problem
from messaging import rates
from messaging.actions.providers import test_provider
from messaging.lanes import lane_standings
from messaging.models import Mailing, Provider, SenderAddress, SendingDomain
from messaging.providers import ProviderMisconfiguredError, kind_named
from messaging.secrets import SecretsUnreadableError, unseal
from messaging.vitals import capped, expired_claims, uncertain

# How long the oldest due message may wait before its lane is behind: nobody waits for a campaign by the minute.
LATE_AFTER = {
    "transactional": timedelta(minutes=2),
    "one_to_one": timedelta(minutes=5),
    "automation": timedelta(minutes=30),
    "campaign": timedelta(minutes=30),
}
DNS_SECONDS = 3.0
RECENTLY = timedelta(hours=1)


def _late() -> Iterator[Finding]:
    now, is_late = database_now(), False
    for lane in lane_standings():
        if lane.oldest_due and now - lane.oldest_due > LATE_AFTER[lane.key]:
            is_late = True
            minutes = int((now - lane.oldest_due).total_seconds() // 60)
            yield problem(
                f"Lane {lane.key} is behind: its oldest message has been due for {minutes} min, {lane.waiting} wait.",
                "See below for workers and providers. Are they well, add a worker for this lane or raise the limits.",
            )
    if not is_late:
        yield ok("No lane is behind.")


def _claims() -> Iterator[Finding]:
    if count := expired_claims().count():
        yield problem(
            f"{count} batches of dead workers were not judged yet.",
            "The sweep does that every 15 s: see that beat and a worker of the lane `default` run.",
        )
    else:
        yield ok("No batch is in a dead worker's hands.")


def _uncertain() -> Iterator[Finding]:
    if count := capped(uncertain()):
        yield hint(
            f"{count} messages are uncertain: nobody knows whether they arrived.",
            "Settle them on Operations: “It arrived”, or “Send again” (docs/delivery.md says how to tell).",
        )
    else:
        yield ok("No message is uncertain.")


def _streams() -> Iterator[Finding]:
    active = list(Provider.objects.filter(is_active=True))
    for stream, words in (("broadcast", "campaigns and automations"), ("transactional", "transactional and 1:1 mail")):
        first = next((one for one in active if getattr(one, stream)), None)
        if first is None:
            yield problem(f"No active provider takes {words}: they wait.", "Take one into use under Providers.")
        elif first.kind == "capture":
            yield hint(
                f"Mail of {words} is captured: nothing leaves this machine.",
                "Add a provider under Providers, test it, and take it into use.",
            )


def _providers() -> Iterator[Finding]:
    yield from _streams()
    active = list(Provider.objects.filter(is_active=True))
    standings = rates.standings([one.pk for one in active])
    for one in active:
        found = list(_of_provider(one, standings[one.pk]))
        yield from found or [ok(f"{one.name} is in use.")]


def _of_provider(one: Provider, standing: rates.Standing) -> Iterator[Finding]:
    said = f" It said: {one.last_error[:200]}" if one.last_error else ""
    try:
        kind_named(one.kind).check(one.config, unseal(one.secrets))
    except SecretsUnreadableError as error:
        yield problem(f"The password of {one.name} cannot be read.", str(error))
    except ProviderMisconfiguredError as error:
        yield problem(f"{one.name} cannot work as it is set: {error}", "Correct it under Providers.")
    if one.paused_at:
        yield hint(
            f"{one.name} is paused since {one.paused_at:%Y-%m-%d %H:%M} UTC: its mail waits.",
            "Resume it on Operations.",
        )
    if standing.resting_for:
        yield problem(
            f"{one.name} cannot be reached and is left alone for {standing.resting_for} s.{said}",
            "Is the server up, and host, port and password right? Press Test under Providers.",
        )
    elif standing.eased_for:
        yield hint(
            f"{one.name} asked for less and gets half of its connections for {standing.eased_for} s.{said}",
            "If it goes on: lower messages per second and connections under Providers.",
        )
    elif one.last_error_at and timezone.now() - one.last_error_at < RECENTLY:
        yield hint(f"{one.name} had trouble within the hour.{said}", "See its answers on Operations.")


def _test_providers() -> Iterator[Finding]:
    """Connect and sign in; nothing is sent."""
    for one in Provider.objects.filter(is_active=True):
        result = test_provider(provider=one, message=None)
        if result.ok:
            yield ok(f"{one.name}: {result.words}")
        else:
            yield problem(f"{one.name}: {result.words}", "Correct it under Providers; its answer is in its own words.")


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


def _dns() -> Iterator[Finding]:
    """What receivers ask DNS about our domains and our own servers' names."""
    for domain in SendingDomain.objects.filter(verified_at__isnull=False):
        yield from _policies(domain.domain)
    for one in Provider.objects.filter(is_active=True, kind="smtp"):
        if name := str(one.config.get("local_hostname") or ""):
            yield _reverse(one.name, name)


def _policies(domain: str) -> Iterator[Finding]:
    spf = [text for text in _texts(domain) if text.lower().startswith("v=spf1")]
    if len(spf) == 1:
        yield ok(f"{domain} has an SPF record: {spf[0]}")
    else:
        yield hint(
            f"{domain} has {len(spf) or 'no'} SPF records.",
            f"Publish one TXT record at {domain}: v=spf1 and what your provider tells, ending in -all (RFC 7208).",
        )
    if any(text.lower().startswith("v=dmarc1") for text in _texts(f"_dmarc.{domain}")):
        yield ok(f"{domain} has a DMARC record.")
    else:
        yield hint(
            f"{domain} has no DMARC record; Google, Yahoo and Microsoft want one of who sends much.",
            f"Publish a TXT record at _dmarc.{domain}, to begin with: v=DMARC1; p=none; rua=mailto:you@{domain}",
        )


def _reverse(provider: str, name: str) -> Finding:
    addresses = _ask(name, "A") + _ask(name, "AAAA")
    names = {found.rstrip(".").lower() for at in addresses for found in _ask(_reversed(at), "PTR")}
    if name.lower() in names:
        return ok(f"{name} (EHLO of {provider}) and its reverse name agree.")
    told = f"reverse names are {', '.join(sorted(names))}" if names else "there is no reverse name"
    return hint(
        f"{name}, which we say in EHLO to {provider}, is not the reverse name of its address: {told}.",
        "Where this server hands mail to the recipients' servers itself, set PTR, name and address to one another.",
    )


def _reversed(address: str) -> str:
    return str(dns.reversename.from_address(address))


def _texts(name: str) -> list[str]:
    return [text.strip('"').replace('" "', "") for text in _ask(name, "TXT")]


def _ask(name: str, kind: str) -> list[str]:
    """The records; none for whatever reason DNS has."""
    try:
        return [record.to_text() for record in dns.resolver.resolve(name, kind, lifetime=DNS_SECONDS)]
    except (dns.exception.DNSException, ValueError):
        return []


EXAMINATIONS = (
    Examination("late", "Mail in time", _late, order=30),
    Examination("claims", "Dead workers", _claims, order=31),
    Examination("uncertain", "Uncertain mail", _uncertain, order=32),
    Examination("providers", "Providers", _providers, frozenset({"database", "redis"}), order=40),
    Examination("provider_test", "Provider test", _test_providers, option="providers", order=41),
    Examination("senders", "Senders", _senders, order=50),
    Examination("dns", "DNS", _dns, option="dns", order=51),
)
