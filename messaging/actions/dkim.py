"""DKIM keys: made, looked for in DNS, taken into use one after the other, and put away.

A key signs only while it is active, and becomes that only when its record was found a moment ago, or by the word of
an administrator, whose name is kept. DNS is asked outside of transactions.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts import activity
from contacts.models import User
from messaging.actions.senders import mark_domain_verified
from messaging.dkim.keys import ALGORITHMS, generate, record_name
from messaging.dkim.records import look_up_key
from messaging.models import DkimKey, SendingDomain
from messaging.models.dkim import KEEP_RECORD
from messaging.secrets import seal
from messaging.senders import DnsAnswer

# RFC 6376 section 3.1: labels of a domain name. Lower case, since DNS does not tell the cases apart.
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")
_OURS = re.compile(r"relay(\d{1,9})\Z")


class KeyRefused(Exception):
    """What was asked of a key cannot be done; the words say why."""

    permanent = True


def make_key(*, domain: SendingDomain, algorithm: str, by: User | None, selector: str = "") -> DkimKey:
    """Make a key, which signs nothing yet. Without a selector it gets the next one of ours. Raises KeyRefused."""
    if algorithm not in ALGORITHMS:
        raise KeyRefused(_("There is no such algorithm."))
    # Outside of the lock: two large primes take a tenth of a second.
    return _keep_key(domain, algorithm, generate(algorithm), selector.strip().lower(), by)


def rotate_key(*, key: DkimKey, by: User | None) -> DkimKey:
    """Make the key that will follow this one. While such a one waits, it is that one."""
    waiting = DkimKey.objects.filter(
        domain=key.domain, algorithm=key.algorithm, state__in=DkimKey.NEW, pk__gt=key.pk
    ).first()
    return waiting or make_key(domain=key.domain, algorithm=key.algorithm, by=by)


def check_key(*, key: DkimKey, by: User | None) -> DnsAnswer:
    """Look for the key's record, and keep what DNS said. A record of ours also shows the domain to be ours."""
    answer = look_up_key(key)
    facts = {"checked_at": timezone.now(), "record_found": answer.found, "check_words": answer.words}
    DkimKey.objects.filter(pk=key.pk).update(**facts)
    state = "published" if answer.found else "waiting"
    DkimKey.objects.filter(pk=key.pk, state__in=DkimKey.NEW).update(state=state)
    if answer.found:
        mark_domain_verified(domain=key.domain, how="dns", by=by)
    key.refresh_from_db()
    return answer


def activate_key(*, key: DkimKey, by: User | None) -> DnsAnswer:
    """Have the key sign, if its record is there now. The one that signed until now retires. Raises KeyRefused."""
    answer = check_key(key=key, by=by)
    if answer.found:
        _activate(key, how="dns", by=by)
    return answer


def activate_key_on_word(*, key: DkimKey, by: User) -> DkimKey:
    """Have the key sign though its record was not found: an administrator's word, kept. Raises KeyRefused."""
    _activate(key, how="administrator", by=by)
    return key


@transaction.atomic
def stop_key(*, key: DkimKey, by: User | None) -> DkimKey:
    """Sign no more with an active key; its record must stay for a while. Twice changes nothing."""
    stopped = DkimKey.objects.filter(pk=key.pk, state="active").update(state="retiring", retiring_at=timezone.now())
    if stopped:
        _record("dkim.stopped", key, by=by)
    key.refresh_from_db()
    return key


@transaction.atomic
def retire_key(*, key: DkimKey, by: User | None) -> DkimKey:
    """Put a key that does not sign away for good: its private half is erased. Raises KeyRefused for an active one."""
    facts = {"state": "retired", "retired_at": timezone.now(), "private_key": ""}
    retired = DkimKey.objects.filter(pk=key.pk, state__in=[*DkimKey.NEW, "retiring"]).update(**facts)
    key.refresh_from_db()
    if retired:
        _record("dkim.retired", key, by=by)
    elif key.state != "retired":
        raise KeyRefused(_("This key signs mail: stop it first, or activate the one that follows it."))
    return key


def retire_old_keys(now: datetime) -> int:
    """Retire the keys whose records are needed no more; returns how many."""
    old = DkimKey.objects.filter(state="retiring", retiring_at__lt=now - KEEP_RECORD)
    return len([retire_key(key=key, by=None) for key in old.select_related("domain")])


def check_active_keys() -> None:
    """Look whether the records of the keys in use are still there; the domain's page tells."""
    for key in DkimKey.objects.filter(state="active").select_related("domain"):
        check_key(key=key, by=None)


@transaction.atomic
def _keep_key(domain: SendingDomain, algorithm: str, key: tuple[str, str], selector: str, by: User | None) -> DkimKey:
    SendingDomain.objects.select_for_update().get(pk=domain.pk)
    taken = set(DkimKey.objects.filter(domain=domain).values_list("selector", flat=True))
    selector = selector or _next_selector(taken)
    if not domain.domain.isascii() or len(record_name(selector, domain.domain)) > 253:
        raise KeyRefused(_("The name of the record would be no name of DNS."))
    if not _SELECTOR.match(selector) or max(map(len, selector.split("."))) > 63:
        raise KeyRefused(_("A selector has letters, digits and hyphens, such as relay1."))
    if selector in taken:
        raise KeyRefused(_("This selector was used before. A new key needs a new one."))
    private, public = key
    made = DkimKey.objects.create(
        domain=domain,
        selector=selector,
        algorithm=algorithm,
        private_key=seal({"private_key": private}),
        public_key=public,
        created_by=by,
    )
    _record("dkim.made", made, by=by)
    return made


def _next_selector(taken: set[str]) -> str:
    numbers = [int(match[1]) for name in taken if (match := _OURS.match(name))]
    return f"relay{max(numbers, default=0) + 1}"


@transaction.atomic
def _activate(key: DkimKey, *, how: str, by: User | None) -> None:
    # The domain's row puts two activations in an order.
    SendingDomain.objects.select_for_update().get(pk=key.domain_id)
    key.refresh_from_db()
    if key.state == "active":
        return
    if key.state == "retired":
        raise KeyRefused(_("This key is retired: its private half is gone. Make a new one."))
    for other in DkimKey.objects.filter(domain=key.domain_id, algorithm=key.algorithm, state="active"):
        stop_key(key=other, by=by)
    key.state, key.activated_at, key.activated_by, key.activated_how = "active", timezone.now(), by, how
    key.retiring_at = None
    key.save(update_fields=["state", "activated_at", "activated_by", "activated_how", "retiring_at"])
    _record("dkim.activated", key, by=by, how=how)


def _record(kind: str, key: DkimKey, *, by: User | None, **more: Any) -> None:
    name = record_name(key.selector, key.domain.domain)
    activity.record(kind, by=by, domain_id=key.domain_id, key_id=key.pk, name=name, algorithm=key.algorithm, **more)
