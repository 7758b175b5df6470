"""Sender addresses and sending domains: added, proven, taken away."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from contacts import activity
from contacts.models import User
from messaging import senders
from messaging.actions.transactional import send_transactional
from messaging.models import SenderAddress, SendingDomain
from messaging.senders import DnsAnswer


@transaction.atomic
def add_sender_address(*, email: str, by: User | None) -> SenderAddress:
    """Add an address and mail it a link to verify itself by; one that is there gets a new link until it is verified.

    Raises Suppressed where the address takes no mail.
    """
    address = SenderAddress.objects.filter(email__iexact=email).first()
    if address is None:
        address = SenderAddress.objects.create(email=email.strip())
        activity.record("sender.added", by=by, sender_id=address.pk, name=address.email)
    if address.verified_at is None:
        send_transactional(
            template="verify-sender",
            to=address.email,
            context={"url": senders.sender_url(address), "address": address.email, "user": by.name if by else ""},
            by=by,
        )
    return address


@transaction.atomic
def verify_sender_address(*, address: SenderAddress) -> SenderAddress:
    """Whoever reads the address pressed the button. Twice changes nothing."""
    marked = SenderAddress.objects.filter(pk=address.pk, verified_at=None).update(verified_at=timezone.now())
    if marked:
        activity.record("sender.verified", by=None, sender_id=address.pk, name=address.email)
    address.refresh_from_db()
    return address


@transaction.atomic
def remove_sender_address(*, address: SenderAddress, by: User | None) -> None:
    """Take an address away; campaigns that carry it can no longer be sent."""
    activity.record("sender.removed", by=by, sender_id=address.pk, name=address.email)
    address.delete()


@transaction.atomic
def add_sending_domain(*, domain: str, by: User | None) -> SendingDomain:
    """Add a domain with a value of its own for its TXT record. One that is there stays as it is."""
    name = domain.strip().lower().rstrip(".")
    made, created = SendingDomain.objects.get_or_create(domain=name, defaults={"token": secrets.token_hex(16)})
    if created:
        activity.record("sender.added", by=by, domain_id=made.pk, name=made.domain)
    return made


def check_sending_domain(*, domain: SendingDomain, by: User | None) -> DnsAnswer:
    """Look for the domain's record, and mark it verified when it is there."""
    answer = senders.look_up(domain)
    if answer.found:
        mark_domain_verified(domain=domain, how="dns", by=by)
    return answer


def vouch_for_domain(*, domain: SendingDomain, by: User) -> SendingDomain:
    """An administrator gives their word that the domain is ours."""
    mark_domain_verified(domain=domain, how="administrator", by=by)
    return domain


@transaction.atomic
def remove_sending_domain(*, domain: SendingDomain, by: User | None) -> None:
    """Take a domain away; campaigns from its addresses can no longer be sent."""
    activity.record("sender.removed", by=by, domain_id=domain.pk, name=domain.domain)
    domain.delete()


@transaction.atomic
def mark_domain_verified(*, domain: SendingDomain, how: str, by: User | None) -> None:
    """The domain was shown to be ours: by `dns`, or by the word of an `administrator`. Twice changes nothing."""
    unverified = SendingDomain.objects.filter(pk=domain.pk, verified_at=None)
    if unverified.update(verified_at=timezone.now(), verified_how=how, verified_by=by):
        activity.record("sender.verified", by=by, domain_id=domain.pk, name=domain.domain, how=how)
    domain.refresh_from_db()
