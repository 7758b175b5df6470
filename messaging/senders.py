"""In whose name mail may be sent: addresses and domains that were shown to be ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.dns_text import DnsUnanswered, ask_text
from messaging.models import SenderAddress, SendingDomain

VALID_FOR = timedelta(days=7)
# The TXT record stands on the domain itself or on this name below it, whichever its owner can set.
RECORD_PREFIX = "_relay"
RECORD_VALUE = "relay-verification="
_SALT = "messaging.senders"


@dataclass(frozen=True)
class DnsAnswer:
    """Whether the record is there, and what was seen in words for the administrator."""

    found: bool
    words: str


def is_verified(email: str) -> bool:
    """Whether mail may carry this From address: the address, its domain, or a domain above it is verified."""
    local, _at, domain = email.strip().lower().rpartition("@")
    if not local or not domain:
        return False
    if SendingDomain.objects.filter(domain__in=[domain, *parents_of(domain)], verified_at__isnull=False).exists():
        return True
    return SenderAddress.objects.filter(email__iexact=email.strip(), verified_at__isnull=False).exists()


def verified_addresses() -> list[str]:
    """The single addresses that are verified, for pickers. Any address of `verified_domains` may be used too."""
    return list(SenderAddress.objects.filter(verified_at__isnull=False).values_list("email", flat=True))


def verified_domains() -> list[str]:
    """The domains whose every address may be used."""
    return list(SendingDomain.objects.filter(verified_at__isnull=False).values_list("domain", flat=True))


def sender_url(address: SenderAddress) -> str:
    """The link that is mailed to a sender address to be verified."""
    token = signing.dumps([address.pk, address.email], salt=_SALT)
    return f"{settings.BASE_URL}{reverse('mail_public:verify_sender', args=[token])}"


def read_sender_token(token: str) -> SenderAddress | None:
    """The address a link is about, or None for a link that is old, or none of ours."""
    try:
        pk, email = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return SenderAddress.objects.filter(pk=pk, email=email).first()


def record_value(domain: SendingDomain) -> str:
    """What the TXT record must say."""
    return f"{RECORD_VALUE}{domain.token}"


def look_up(domain: SendingDomain) -> DnsAnswer:
    """Ask DNS for the domain's TXT record. Never raises for what DNS does."""
    seen: list[str] = []
    trouble = ""
    for name in (f"{RECORD_PREFIX}.{domain.domain}", domain.domain):
        try:
            seen += ask_text(name)
        except DnsUnanswered as error:
            trouble = str(error)
    if record_value(domain) in seen:
        return DnsAnswer(True, _("The record was found."))
    ours = [text for text in seen if text.startswith(RECORD_VALUE)]
    if ours:
        return DnsAnswer(False, _("There is a record, but with another value: %(value)s") % {"value": ours[0][:100]})
    if trouble:
        return DnsAnswer(False, _("DNS did not answer, try again later: %(error)s") % {"error": trouble})
    words = _("No such record yet. DNS answered with %(count)s other TXT records.")
    return DnsAnswer(False, words % {"count": len(seen)})


def parents_of(domain: str) -> list[str]:
    """The domains above a domain, nearest first; none of a single label."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(1, len(labels) - 1)]
