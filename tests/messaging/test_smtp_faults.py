"""What an SMTP server may do to us at each stage, through the whole engine: counted by recipient against the table."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connection

from contacts.models import Subscription
from messaging import rates, retry
from messaging.actions.compose import queue_message
from messaging.models import Attempt, Message, Provider, Suppression
from messaging.outbox.desk import close_desks
from messaging.outbox.drain import drain_lane
from messaging.providers.smtp import Smtp
from messaging.smtp import SmtpSettings, Timeouts
from tests.fixtures.faults import Scale
from tests.fixtures.processes import wait_until
from tests.messaging import blasts
from tests.messaging.faulty_smtp import CUT, SILENT, TAKEN_CUT, TAKEN_SILENT, UNREAD, FaultySmtp, faulty_smtp

pytestmark = pytest.mark.django_db(transaction=True)

# RFC 5321's are minutes; the answers that these tests wait for never come.
QUICK = Timeouts(
    connect=2, greeting=0.4, command=0.4, mail=0.4, rcpt=0.4, data=0.4, block=0.4, end_of_data=0.4, quit=0.2
)


class Cell(NamedTuple):
    """What the server does at a stage, and what the message is then."""

    answer: str
    state: str
    # In the row's reason.
    reason: str = ""
    hard: bool = False


LATER = [
    Cell("421 4.3.2 Closing for a while", "deferred", "server is busy or closing"),
    Cell("421 4.7.0 Too many connections", "deferred", "server is busy or closing"),
    Cell("450 4.2.0 Greylisted", "deferred"),
    Cell("451 4.3.0 Trouble here", "deferred"),
    Cell("451 4.7.1 Slow down", "deferred", "deferred by policy or rate"),
    Cell("452 4.3.1 No space", "deferred", "server has no capacity"),
    Cell("451 No enhanced code", "deferred"),
]
NEVER = [
    Cell("550 5.7.1 We do not like you", "failed", "refused by policy"),
    Cell("552 5.2.2 Mailbox full", "failed", "mailbox is full"),
    Cell("554 No enhanced code", "failed", "refused for good"),
]
DEAD = [
    Cell("550 5.1.1 No such user", "failed", "address does not exist", hard=True),
    Cell("550 5.2.1 Switched off", "failed", "mailbox is switched off", hard=True),
]
LOST = [Cell(CUT, "deferred", "connection lost"), Cell(SILENT, "deferred", "connection lost")]
TABLE: dict[str, list[Cell]] = {
    # Nothing is known of the recipient yet: what is refused here is our sender.
    "mail": [*LATER, *NEVER, Cell("550 5.1.0 Sender rejected", "failed", "our sender address was refused"), *LOST],
    "rcpt": [*LATER, *NEVER, *DEAD, Cell("550 User unknown", "failed", "address does not exist", hard=True), *LOST],
    "data": [*LATER, *NEVER, *DEAD, *LOST],
    "end_of_data": [
        *LATER,
        *NEVER,
        *DEAD,
        *[Cell(one, "uncertain", "no answer") for one in (CUT, SILENT, TAKEN_CUT, TAKEN_SILENT)],
    ],
}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> list[Timeouts]:
    """The time-outs in use, in a list of one."""
    settings = Smtp.settings
    used = [QUICK]

    def quick(self: Smtp, *given: Any, **named: Any) -> SmtpSettings:
        return dataclasses.replace(settings(self, *given, **named), timeouts=used[0])

    monkeypatch.setattr(Smtp, "settings", quick)
    return used


@pytest.fixture
def server() -> Iterator[FaultySmtp]:
    with faulty_smtp() as running:
        yield running
        close_desks()


def rested() -> None:
    """As if the provider's rest and the messages' intervals were over."""
    for provider in Provider.objects.all():
        rates.is_well(provider.pk)
    close_desks()
    Message.objects.filter(state__in=Message.WAITING).update(not_before="2026-01-01T00:00Z")


def queue_cells(server: FaultySmtp, lane: str, copies: int) -> dict[str, tuple[str, Cell]]:
    """A message for each cell of the table, some for no cell; returns the cells by address."""
    cells: dict[str, tuple[str, Cell]] = {}
    by_sender: dict[str, list[str]] = {"news@example.com": [f"fine{n}@x.example" for n in range(10 * copies)]}
    for stage, row in TABLE.items():
        for number, cell in enumerate(row):
            for copy in range(copies):
                address = f"{stage.replace('_', '')}{number}c{copy}@x.example"
                sender = f"mail{number}@example.com" if stage == "mail" else "news@example.com"
                server.faults[sender if stage == "mail" else address] = (stage, cell.answer)
                by_sender.setdefault(sender, []).append(address)
                cells[address] = stage, cell
    for sender, addresses in by_sender.items():
        if lane == "campaign":
            mailing_list = blasts.make_list(sender)
            blasts.subscribe_addresses(mailing_list, *addresses)
            blasts.queue(blasts.make_mailing(from_email=sender), mailing_list)
        else:
            reset = {"purpose": "transactional", "origin": "api", "subject": "Reset", "html": "<p>Hello</p>"}
            mailing = blasts.make_mailing(from_email=sender, **reset)
            for address in addresses:
                queue_message(mailing=mailing, address=address, lane="transactional", by=None)
    return cells


def expected(cell: Cell, lane: str) -> tuple[str, str]:
    if cell.state == "uncertain" and lane == "transactional":
        return "deferred", "perhaps sent"
    return cell.state, cell.reason


@pytest.mark.parametrize("lane", ["campaign", "transactional"])
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "one by one"])
def test_each_message_ends_as_the_table_says(pipelining: bool, lane: str, scale: Scale) -> None:
    copies = scale.of(1, 20)
    with faulty_smtp(pipelining=pipelining) as server:
        blasts.smtp_provider(server, max_connections=8)
        cells = queue_cells(server, lane, copies)
        while due(lane):
            drain_lane(lane)
        _compare(cells, lane)
        first = dict(server.accepted)
        taken = {address for address, (_, cell) in cells.items() if cell.answer in (TAKEN_CUT, TAKEN_SILENT)}
        assert set(first) == taken | {f"fine{n}@x.example" for n in range(10 * copies)}
        assert set(first.values()) == {1}

        server.well()
        rested()
        while Message.objects.filter(state__in=Message.OPEN).exists():
            drain_lane(lane)
        close_desks()
        states = dict(Message.objects.values_list("address", "state"))
        again = {address for address, count in server.accepted.items() if count > 1}
        scale.note(f"{len(states)} messages, {len(cells)} met a fault: {blasts.states()}, {len(again)} twice")
    # Marketing never twice; transactional at least once: again where the answer was lost.
    assert again == (taken if lane == "transactional" else set())
    assert {address for address, state in states.items() if state == "sent"} <= set(server.accepted)
    for address, (_, cell) in cells.items():
        assert states[address] == ("sent" if expected(cell, lane)[0] == "deferred" else cell.state), address


def due(lane: str) -> bool:
    return Message.objects.filter(lane=lane, state__in=["queued", "sending"]).exists()


def _compare(cells: dict[str, tuple[str, Cell]], lane: str) -> None:
    messages = {one.address: one for one in Message.objects.all()}
    for address, (stage, cell) in cells.items():
        message, where = messages[address], f"{stage}: {cell.answer}"
        state, reason = expected(cell, lane)
        assert (message.state, message.attempts) == (state, 1), where
        assert reason in message.reason, where
        attempt = Attempt.objects.get(message=message)
        assert attempt.stage == stage, where
        if cell.answer[0].isdigit():
            # In the server's words.
            assert attempt.code == int(cell.answer[:3]), where
            assert cell.answer.split(" ")[-1] in message.error, where
        assert message.bounce_kind == ("hard" if cell.hard else ""), where
        assert Suppression.objects.filter(address=address).exists() == cell.hard, where
        if lane == "campaign":
            kept = "bounced" if cell.hard else "active"
            assert Subscription.objects.get(contact__email=address).status == kept, where
    fine = {address for address in messages if address.startswith("fine")}
    assert {messages[address].state for address in fine} == {"sent"}


@pytest.mark.parametrize("stage", ["greeting", "ehlo"])
@pytest.mark.parametrize(
    "answer", ["421 4.7.0 Too many connections", "451 4.3.0 Trouble", "554 5.7.1 We do not like you", CUT, SILENT]
)
def test_a_server_that_takes_nobody_in_is_left_alone_and_costs_nobody_their_mail(
    server: FaultySmtp, stage: str, answer: str
) -> None:
    provider = blasts.smtp_provider(server, max_connections=3)
    server.opening = {stage: answer}
    mailing = blasts.blast(30)
    drain_lane("campaign")
    drain_lane("campaign")
    states = blasts.states(mailing)
    assert set(states) <= {"queued", "deferred"}
    assert states.get("deferred", 0) <= 3
    # Two rounds, and no more connections than it may have: it is not hammered.
    assert server.connections <= 4
    assert rates.resting([provider.pk]) == {provider.pk}
    provider.refresh_from_db()
    assert provider.last_error
    if answer[0].isdigit():
        assert answer.split(" ")[-1] in provider.last_error
        assert set(Attempt.objects.values_list("stage", "code")) == {(stage, int(answer[:3]))}
    server.well()
    rested()
    drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 30}
    assert set(server.accepted.values()) == {1}
    assert len(server.accepted) == 30
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("purpose", "days"), [("marketing", 5), ("transactional", 1)])
def test_intervals_grow_and_end_after_the_set_number_of_days(server: FaultySmtp, purpose: str, days: int) -> None:
    blasts.smtp_provider(server)
    server.faults = {"a@x.example": ("rcpt", "451 4.3.0 Come back later")}
    lane = "campaign" if purpose == "marketing" else "transactional"
    if purpose == "marketing":
        mailing_list = blasts.make_list()
        blasts.subscribe_addresses(mailing_list, "a@x.example")
        blasts.queue(blasts.make_mailing(), mailing_list)
    else:
        mailing = blasts.make_mailing(purpose=purpose, origin="api", subject="Reset", html="<p>Hello</p>")
        queue_message(mailing=mailing, address="a@x.example", lane=lane, by=None)
    waits: list[float] = []
    while due(lane):
        drain_lane(lane)
        with connection.cursor() as cursor:
            cursor.execute("SELECT state, extract(epoch FROM not_before - now()) FROM messaging_message")
            state, seconds = cursor.fetchone()
        if state == "deferred":
            waits.append(float(seconds))
            Message.objects.update(not_before="2026-01-01T00:00Z", state="queued")
    message = Message.objects.get()
    assert (message.state, message.reason) == ("failed", "gave up")
    assert "Come back later" in message.error
    policy = retry.POLICIES["slow" if purpose == "marketing" else "quick"]
    assert len(waits) == len(policy.intervals) == Attempt.objects.count() - 1
    assert [round(one) for one in waits] == sorted(round(one) for one in waits)
    assert waits[0] < waits[-1] / 50
    # Each is spread over a fifth more, so that what was deferred together does not come back together.
    assert sum(policy.intervals) <= days * 86400
    assert sum(policy.intervals) * 0.99 <= sum(waits) <= sum(policy.intervals) * 1.2
    assert not server.accepted


def test_a_server_that_never_answers_holds_up_no_other_lane_and_no_other_route(server: FaultySmtp) -> None:
    mute = blasts.smtp_provider(server, transactional=False)
    server.faults = {f"p{n}@example.com": ("end_of_data", SILENT) for n in range(4)}
    with faulty_smtp() as other:
        blasts.smtp_provider(other, broadcast=False)
        blast = blasts.blast(4)
        drain = threading.Thread(target=_drain_in_thread, args=["campaign"])
        drain.start()
        wait_until(lambda: server.connections > 0)
        reset = blasts.make_mailing(purpose="transactional", origin="api", subject="Reset", html="<p>Hello</p>")
        for number in range(20):
            queue_message(mailing=reset, address=f"t{number}@x.example", lane="transactional", by=None)
        drain_lane("transactional")
        assert blasts.states(reset) == {"sent": 20}
        assert len(other.accepted) == 20
        drain.join()
        close_desks()
    assert blasts.states(blast) == {"uncertain": 4}
    mute.refresh_from_db()
    assert "in time" in mute.last_error or "in time" in Message.objects.filter(mailing=blast)[0].error


def test_a_server_that_stops_reading_has_no_message_and_gets_it_later(
    server: FaultySmtp, patience: list[Timeouts]
) -> None:
    patience[0] = dataclasses.replace(QUICK, block=1, end_of_data=20)
    blasts.smtp_provider(server)
    server.faults = {"a@x.example": ("data", UNREAD)}
    mailing_list = blasts.make_list()
    blasts.subscribe_addresses(mailing_list, "a@x.example", "b@x.example")
    # Six octets a letter: more than the kernel takes from us when nobody reads.
    long = "".join(f"<p>{number} {'über ' * 60}{'ü' * 300}</p>" for number in range(900))
    blasts.queue(blasts.make_mailing(html=blasts.HTML.replace("<body>", f"<body>{long}")), mailing_list)
    drain_lane("campaign")
    told = dict(Message.objects.values_list("address", "state"))
    assert told == {"a@x.example": "deferred", "b@x.example": "sent"}
    assert server.accepted == {"b@x.example": 1}
    server.well()
    rested()
    drain_lane("campaign")
    assert server.accepted == {"a@x.example": 1, "b@x.example": 1}


def _drain_in_thread(lane: str) -> None:
    try:
        drain_lane(lane)
    finally:
        connection.close()
