"""What was answered lately: counted once committed, by lane, provider and code, and never in the way of sending."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import redis
from django.conf import settings

from contacts.models import Subscription
from messaging import pulse, rates
from messaging.models import Message
from messaging.outbox.drain import drain_lane
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts

pytestmark = pytest.mark.django_db(transaction=True)


def counted() -> dict[tuple[str, str, int], int]:
    return {(one.lane, one.outcome, one.code): one.count for one in pulse.totals()}


def test_answers_are_counted_by_lane_provider_outcome_and_code(smtp_server: SmtpServer) -> None:
    provider = blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    blasts.subscribe(mailing_list, 7)
    blasts.subscribe_addresses(mailing_list, "550-rcpt@example.com", "550-rcpt@example.org", "451-rcpt@example.com")
    blasts.queue(blasts.make_mailing(), mailing_list)

    drain_lane("campaign")

    wanted = {("campaign", "accepted", 250): 7, ("campaign", "failed", 550): 2, ("campaign", "deferred", 451): 1}
    assert counted() == wanted
    seen = pulse.read()
    assert {(one.lane, one.outcome, one.code): one.count for one in seen.hour} == wanted
    assert {one.provider_id for one in seen.hour} == {provider.pk}
    assert seen.rate(lane="campaign") == seen.rate(provider_id=provider.pk) == pytest.approx(7 / seen.seconds)
    assert seen.rate(lane="transactional") == 0


def test_the_servers_most_frequent_words_are_kept_without_addresses(smtp_server: SmtpServer) -> None:
    provider = blasts.smtp_provider(smtp_server)
    mailing_list = blasts.make_list()
    blasts.subscribe_addresses(mailing_list, "550-rcpt@example.com", "550-rcpt@example.org", "451-rcpt@example.com")
    blasts.queue(blasts.make_mailing(), mailing_list)

    drain_lane("campaign")

    said = pulse.most_frequent_words([provider.pk])[provider.pk]
    assert said == [
        ("550 5.1.1 Asked for by the recipient's name", 2),
        ("451 4.2.1 Asked for by the recipient's name", 1),
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 5.1.1 <ada@example.com>: user unknown", "550 5.1.1 …: user unknown"),
        ("451 4.7.1 try later a640c23a62f3a-abc12.345 - gsmtp", "451 4.7.1 try later … - gsmtp"),
        ("554 5.7.1 192.0.2.17 is blocked", "554 5.7.1 192.0.2.17 is blocked"),
    ],
)
def test_words_lose_what_differs_from_recipient_to_recipient(said: str, kept: str) -> None:
    assert pulse._without_details(said) == kept


def test_what_must_not_be_sent_is_counted_apart(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing = blasts.blast(2)
    one = Message.objects.filter(mailing=mailing).values("contact")[:1]
    Subscription.objects.filter(contact__in=one).update(status="unsubscribed")

    drain_lane("campaign")

    assert counted() == {("campaign", "accepted", 250): 1, ("campaign", "suppressed", 0): 1}


def test_only_so_many_different_words_are_kept(servers: Any) -> None:
    for number in range(pulse.MOST_WORDS + 20):
        pulse._add("campaign", Counter({(1, "failed", 550): 1}), Counter({(1, f"word {number}"): 1}))
    assert len(pulse.most_frequent_words([1], most=1000)[1]) == pulse.MOST_WORDS
    assert counted() == {("campaign", "failed", 550): pulse.MOST_WORDS + 20}


def test_what_cannot_be_counted_is_sent_and_marked_all_the_same(
    smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Redis that takes no more writes of ours (its memory is full) must not hold marks back."""

    def refuse(**kwargs: Any) -> None:
        raise redis.OutOfMemoryError

    blasts.smtp_provider(smtp_server)
    mailing = blasts.blast(3)
    monkeypatch.setattr(pulse, "_script", lambda: refuse)
    drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 3}


def test_buckets_go_away_by_themselves(servers: Any) -> None:
    pulse._add("campaign", Counter({(1, "failed", 550): 1}), Counter({(1, "no"): 1}))
    client = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    keys = [key for key in client.keys("relay:pulse:*") if key != pulse.TOTALS]
    assert len(keys) == 3
    assert all(0 < client.ttl(key) <= 2 * 3600 for key in keys)
    assert rates.client().ttl(pulse.TOTALS) == -1
