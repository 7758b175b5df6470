"""Calls to providers, many messages in each where they take them: each ends by its own outcome, counted there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from contacts.models import MailingList, Subscription
from messaging import rates
from messaging.actions.compose import queue_message
from messaging.actions.hold import resolve_uncertain
from messaging.models import Attempt, Message, Provider, ProviderCall
from messaging.outbox.desk import close_desks
from messaging.outbox.drain import drain_lane
from messaging.outbox.repeating import repeat_lost_calls
from messaging.providers import esp
from tests.fixtures.faults import Scale
from tests.messaging import blasts
from tests.messaging.esp_simulator import DIALECTS, EspSimulator

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = list(DIALECTS)
KEYED = ["resend", "brevo"]
RESEND_FIRST = ["resend", pytest.param("brevo", marks=pytest.mark.faults)]
AT_ONCE = timedelta(0)
LONG = pytest.mark.faults

Start = Callable[..., EspSimulator]
# The first that is meant without a key, and with one; the others are in the long form.
FIRST = ("postmark", "resend")
FAULTS: list[Any] = [503, 500, 401, (429, {"Retry-After": "7200"}), "cut before", "gateway", "nonsense"]
EACH_KIND = [
    pytest.param(
        kind,
        fault,
        id=f"{kind}-{fault}",
        marks=() if kind == ("postmark" if isinstance(fault, int) else "resend") or fault == "nonsense" else LONG,
    )
    for kind in KINDS
    for fault in FAULTS
]


@pytest.fixture
def start() -> Iterator[Start]:
    """A simulator of a kind, and the provider that leads to it."""
    running: list[EspSimulator] = []

    def run(kind: str, **changes: Any) -> EspSimulator:
        running.append(EspSimulator(kind))
        running[-1].provider(**changes)
        return running[-1]

    yield run
    for one in running:
        one.stop()


def told() -> dict[str, set[str]]:
    """Addresses by state."""
    found: dict[str, set[str]] = {}
    for address, state in Message.objects.values_list("address", "state"):
        found.setdefault(state, set()).add(address)
    return found


def agrees(simulator: EspSimulator) -> None:
    """Nothing twice; what is called sent was accepted, and what is called refused or waiting was not."""
    states = told()
    accepted = set(simulator.accepted)
    states.get("sent", set()).discard("a@b.example")  # by another provider
    assert set(simulator.accepted.values()) <= {1}
    assert states.get("sent", set()) <= accepted
    for state in ("failed", "deferred", "queued"):
        assert not states.get(state, set()) & accepted, state
    assert accepted <= states.get("sent", set()) | states.get("uncertain", set())


def rested() -> None:
    """As if the provider's rest were over."""
    for provider in Provider.objects.all():
        rates.is_well(provider.pk)
    close_desks()
    Message.objects.filter(state__in=Message.WAITING).update(not_before="2026-01-01T00:00Z")


def with_bad_ones(*bad: str, good: int = 12) -> MailingList:
    mailing_list = blasts.make_list()
    blasts.subscribe(mailing_list, good)
    blasts.subscribe_addresses(mailing_list, *bad)
    blasts.queue(blasts.make_mailing(), mailing_list)
    return mailing_list


@pytest.mark.parametrize("kind", KINDS)
def test_a_blast_leaves_in_few_calls_and_everybody_gets_their_own(start: Start, kind: str) -> None:
    simulator = start(kind)
    with_bad_ones("bad1@example.com", "bad2@example.com", good=120)
    drain_lane("campaign")
    assert simulator.accepted == Counter(f"p{n}@example.com" for n in range(120))
    assert blasts.states() == {"sent": 120, "failed": 2}
    assert len(simulator.calls) <= (122 if kind == "sparkpost" else 30)
    # A bad one fails alone, in the provider's words.
    assert told()["failed"] == {"bad1@example.com", "bad2@example.com"}
    assert all(Message.objects.filter(state="failed").values_list("error", flat=True))
    ids = set(Message.objects.filter(state="sent").values_list("provider_message_id", flat=True))
    assert len(ids) == 120
    assert all(one.startswith(kind) for one in ids)
    text = {simulator.dialect.address(one): str(one) for one in simulator.messages}["p7@example.com"]
    message = Message.objects.get(address="p7@example.com")
    # Our number comes back with the provider's reports, quoted one way or the other.
    ours = (f'"{message.pk}"' in text) or (f"'{message.pk}'" in text)
    assert ours
    for part in ("News for Name7'", "Hello Name7", "List-Unsubscribe-Post", message.message_id.hex):
        assert part in text


@pytest.mark.parametrize("kind", FIRST)
def test_a_call_that_is_refused_as_a_whole_is_taken_apart(start: Start, kind: str) -> None:
    simulator = start(kind)
    simulator.faults = ["whole"] * 20
    with_bad_ones("bad1@example.com")
    drain_lane("campaign")
    assert blasts.states() == {"sent": 12, "failed": 1}
    agrees(simulator)


@pytest.mark.parametrize(("kind", "fault"), EACH_KIND)
def test_a_call_that_fails_loses_and_doubles_nothing(start: Start, kind: str, fault: Any) -> None:
    simulator = start(kind)
    simulator.faults = [fault]
    blasts.blast(25)
    drain_lane("campaign")
    agrees(simulator)
    rested()
    drain_lane("campaign")
    agrees(simulator)
    states = blasts.states()
    unsure = fault in ("cut before", "gateway", "nonsense") and kind not in KEYED
    assert set(states) == ({"sent", "uncertain"} if unsure else {"sent"})


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=() if kind in FIRST else LONG) for kind in KINDS])
def test_a_connection_cut_after_taking_is_uncertain_unless_a_key_settles_it(start: Start, kind: str) -> None:
    simulator = start(kind)
    simulator.faults = ["cut after"]
    blasts.blast(10)
    drain_lane("campaign")
    agrees(simulator)
    assert blasts.states() == ({"sent": 10} if kind in KEYED else {"uncertain": 10})
    assert set(simulator.accepted.values()) == {1}


def test_after_trouble_the_next_call_risks_one_message_only(start: Start) -> None:
    simulator = start("postmark", max_connections=1)
    blasts.blast(60)
    simulator.faults = ["", "gateway"]
    drain_lane("campaign")
    rested()
    simulator.faults = ["gateway"]
    drain_lane("campaign")
    agrees(simulator)
    # Sessions of a closed desk begin anew with ten; in a kept one the call after trouble holds one message.
    assert simulator.calls[0] == 10
    assert max(simulator.calls) <= 50


def test_a_wish_to_wait_keeps_the_whole_provider_waiting(start: Start) -> None:
    simulator = start("postmark")
    simulator.faults = [(429, {"Retry-After": "7200"})] * 9
    blasts.blast(100)
    drain_lane("campaign")
    drain_lane("campaign")
    assert len(simulator.calls) <= 2
    provider = Provider.objects.get()
    assert rates.resting([provider.pk]) == {provider.pk}
    assert rates.client().ttl(f"relay:resting:{provider.pk}") > 7000
    tried = Message.objects.filter(attempts=1)
    assert set(tried.values_list("state", flat=True)) == {"deferred"}
    assert all((one.not_before - one.queued_at).total_seconds() >= 7190 for one in tried)
    assert "429" in provider.last_error


def test_silence_is_a_time_out_and_other_lanes_go_on(
    start: Start, monkeypatch: pytest.MonkeyPatch, smtp_server: Any
) -> None:
    monkeypatch.setattr(esp, "REQUEST_SECONDS", 0.5)
    simulator = start("postmark", transactional=False)
    blasts.smtp_provider(smtp_server, broadcast=False)
    simulator.faults = ["silent after"] * 2
    blasts.blast(5)
    drain_lane("campaign")
    assert blasts.states() == {"uncertain": 5}
    reset = blasts.make_mailing(purpose="transactional", origin="api", subject="Reset", html="<p>Hi</p>")
    queue_message(mailing=reset, address="a@b.example", lane="transactional", by=None)
    drain_lane("transactional")
    assert blasts.states(reset) == {"sent": 1}
    agrees(simulator)


@pytest.mark.parametrize("kind", KEYED)
def test_what_stayed_uncertain_is_asked_for_again_and_makes_no_second_mail(start: Start, kind: str) -> None:
    simulator = start(kind)
    simulator.faults = ["cut after", 503]
    blasts.blast(10)
    drain_lane("campaign")
    assert blasts.states() == {"uncertain": 10}
    assert repeat_lost_calls() == 0, "the first call may still be under way"

    assert repeat_lost_calls(ended_after=AT_ONCE) == 10

    assert blasts.states() == {"sent": 10}
    assert simulator.accepted == Counter(f"p{n}@example.com" for n in range(10))
    stats = Message.objects.get(address="p0@example.com").mailing.stats
    assert (stats.sent, stats.uncertain) == (10, 0)
    assert Attempt.objects.filter(outcome="resolved").count() == 10
    repeat_lost_calls(ended_after=AT_ONCE)
    assert not ProviderCall.objects.exists()


@pytest.mark.parametrize("kind", RESEND_FIRST)
def test_what_had_not_been_taken_is_sent_by_the_repeated_call(start: Start, kind: str) -> None:
    simulator = start(kind)
    simulator.faults = ["cut before", "gateway"]
    blasts.blast(10)
    drain_lane("campaign")
    assert blasts.states() == {"uncertain": 10}
    assert not simulator.accepted
    assert repeat_lost_calls(ended_after=AT_ONCE) == 10
    assert blasts.states() == {"sent": 10}
    agrees(simulator)


def test_a_refusal_at_the_door_settles_nothing(start: Start) -> None:
    simulator = start("resend")
    simulator.faults = ["cut after", 503, 429, 401]
    blasts.blast(5)
    drain_lane("campaign")
    assert repeat_lost_calls(ended_after=AT_ONCE) == 0
    assert blasts.states() == {"uncertain": 5}
    ProviderCall.objects.update(not_before="2026-01-01T00:00Z")
    assert repeat_lost_calls(ended_after=AT_ONCE) == 0
    ProviderCall.objects.update(not_before="2026-01-01T00:00Z")
    assert repeat_lost_calls(ended_after=AT_ONCE) == 5
    agrees(simulator)


def test_nothing_is_repeated_to_somebody_who_left_meanwhile(start: Start) -> None:
    simulator = start("resend")
    simulator.faults = ["cut before", "gateway"]
    blasts.blast(5)
    drain_lane("campaign")
    Subscription.objects.filter(contact__email="p3@example.com").update(status="unsubscribed")
    assert repeat_lost_calls(ended_after=AT_ONCE) == 0
    assert blasts.states() == {"uncertain": 5}
    assert not simulator.accepted


def test_a_call_the_provider_has_forgotten_is_not_repeated(start: Start) -> None:
    simulator = start("brevo")
    simulator.faults = ["cut before", "gateway"]
    blasts.blast(5)
    drain_lane("campaign")
    ProviderCall.objects.update(made_at="2026-01-01T00:00Z")
    assert repeat_lost_calls() == 0
    assert not ProviderCall.objects.exists()
    assert blasts.states() == {"uncertain": 5}
    assert not simulator.accepted


@pytest.mark.parametrize("kind", RESEND_FIRST)
def test_send_again_by_a_person_is_no_second_mail_either(start: Start, kind: str) -> None:
    simulator = start(kind)
    simulator.faults = ["cut after", "gateway"]
    blasts.blast(5)
    drain_lane("campaign")
    resolve_uncertain(message=Message.objects.get(address="p0@example.com"), arrived=False, by=None)
    rested()
    drain_lane("campaign")
    assert Message.objects.get(address="p0@example.com").state == "sent"
    assert simulator.accepted == Counter(f"p{n}@example.com" for n in range(5))


@pytest.mark.parametrize("kind", RESEND_FIRST)
def test_transactional_mail_is_tried_again_under_its_old_key(start: Start, kind: str) -> None:
    simulator = start(kind)
    simulator.faults = ["cut after", "gateway"]
    mailing = blasts.make_mailing(purpose="transactional", origin="api", subject="Reset", html="<p>Hi</p>")
    queue_message(mailing=mailing, address="a@b.example", lane="transactional", by=None)
    drain_lane("transactional")
    assert Message.objects.get().reason == "perhaps sent"
    rested()
    drain_lane("transactional")
    assert Message.objects.get().state == "sent"
    assert simulator.accepted == {"a@b.example": 1}


@pytest.mark.parametrize("kind", ["postmark", "resend"])
def test_a_provider_that_fails_in_all_ways_at_random(start: Start, kind: str, scale: Scale) -> None:
    count = scale.of(150, 5000)
    chance = random.Random(f"{kind}{scale.round}")
    simulator = start(kind)
    mailing = blasts.blast(count)
    rounds = 0
    while Message.objects.filter(state__in=Message.WAITING).exists():
        rounds += 1
        assert rounds < 200
        simulator.faults = chance.choices(["", *FAULTS, "cut after"], [9, *[1] * len(FAULTS), 1], k=3 + rounds)
        drain_lane("campaign")
        rested()
    simulator.faults = []
    repeat_lost_calls(ended_after=AT_ONCE)
    agrees(simulator)
    states = blasts.states(mailing)
    scale.note(f"{count} messages in {len(simulator.calls)} calls: {states}")
    if kind in KEYED:
        assert states == {"sent": count}
    assert set(states) <= {"sent", "uncertain"}
    assert states["sent"] + states.get("uncertain", 0) == count
