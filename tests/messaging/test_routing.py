"""Every case of where a message goes: PRODUCT's table of the four kinds of email, line by line."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.routing import Mailbox, MessageFacts, ProviderFacts, Refusal, Route, Wait, Ways, decide

BULK = ProviderFacts(1, "bulk", frozenset({"broadcast"}))
DIRECT = ProviderFacts(2, "direct", frozenset({"transactional"}))
BOTH = ProviderFacts(3, "both", frozenset({"broadcast", "transactional"}))
OFF = ProviderFacts(4, "off", frozenset({"broadcast", "transactional"}), is_active=False)
PAUSED = ProviderFacts(5, "paused", frozenset({"broadcast", "transactional"}), is_paused=True)
RESTING = ProviderFacts(6, "resting", frozenset({"broadcast", "transactional"}), is_resting=True)


def facts(purpose: str, **changes: Any) -> MessageFacts:
    lists: dict[str, Any] = {"list_id": 7, "active_lists": frozenset({7})} if purpose == "marketing" else {}
    return MessageFacts(purpose, **(lists | changes))


def outcome(message: MessageFacts, suppressions: tuple[str, ...] = (), *ways: Any, mailbox: Any = None) -> Any:
    decision = decide(message, Ways(ways or (BULK, DIRECT), mailbox), suppressions)
    return (decision.kind, decision.id) if isinstance(decision, Route) else (type(decision), decision.code)


@pytest.mark.parametrize(
    ("purpose", "kind", "expected"),
    [
        ("marketing", "exclusion", (Refusal, "exclusion")),
        ("marketing", "unsubscribed", (Refusal, "unsubscribed")),
        ("marketing", "hard_bounce", (Refusal, "hard_bounce")),
        ("marketing", "complaint", (Refusal, "complaint")),
        ("transactional", "exclusion", ("provider", 2)),
        ("transactional", "unsubscribed", ("provider", 2)),
        ("transactional", "hard_bounce", (Refusal, "hard_bounce")),
        ("transactional", "complaint", (Refusal, "complaint")),
        ("one_to_one", "exclusion", ("provider", 2)),
        ("one_to_one", "unsubscribed", ("provider", 2)),
        ("one_to_one", "hard_bounce", (Refusal, "hard_bounce")),
        ("one_to_one", "complaint", (Refusal, "complaint")),
    ],
)
def test_a_suppression_blocks_the_purposes_of_its_kind(purpose: str, kind: str, expected: Any) -> None:
    assert outcome(facts(purpose), (kind,)) == expected


def test_of_several_suppressions_the_gravest_is_told() -> None:
    assert outcome(facts("marketing"), ("unsubscribed", "complaint", "hard_bounce")) == (Refusal, "complaint")


@pytest.mark.parametrize(
    ("purpose", "ways", "expected"),
    [
        ("marketing", (BULK, DIRECT), ("provider", 1)),
        ("transactional", (BULK, DIRECT), ("provider", 2)),
        ("one_to_one", (BULK, DIRECT), ("provider", 2)),
        ("marketing", (BOTH, BULK), ("provider", 3)),
        ("transactional", (BOTH, DIRECT), ("provider", 3)),
        ("marketing", (OFF, BULK), ("provider", 1)),
        ("marketing", (DIRECT,), (Wait, "no_provider")),
        ("transactional", (BULK,), (Wait, "no_provider")),
        ("marketing", (PAUSED, BULK), (Wait, "paused")),
        ("transactional", (PAUSED, DIRECT), (Wait, "paused")),
        ("marketing", (RESTING, BULK), (Wait, "resting")),
    ],
)
def test_the_first_active_provider_of_the_stream_is_taken_and_waited_for(
    purpose: str, ways: tuple[ProviderFacts, ...], expected: Any
) -> None:
    assert outcome(facts(purpose), (), *ways) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("provider", 1)),
        ({"active_lists": frozenset()}, (Refusal, "not_subscribed")),
        ({"has_contact": False}, (Refusal, "no_contact")),
        ({"list_id": None}, ("provider", 1)),
    ],
)
def test_marketing_needs_a_contact_active_on_a_list_of_the_mailing(changes: Any, expected: Any) -> None:
    assert outcome(facts("marketing", **changes)) == expected


@pytest.mark.parametrize("purpose", ["transactional", "one_to_one"])
def test_other_purposes_need_neither_list_nor_contact(purpose: str) -> None:
    assert outcome(facts(purpose, has_contact=False)) == ("provider", 2)


def test_who_left_the_list_but_is_on_another_gets_it_by_that_one() -> None:
    decision = decide(facts("marketing", list_id=7, active_lists=frozenset({9, 8})), Ways((BULK,)), ())
    assert isinstance(decision, Route)
    assert decision.list_id == 8


@pytest.mark.parametrize(
    ("purpose", "mailbox", "expected"),
    [
        ("one_to_one", Mailbox(11), ("mailbox", 11)),
        ("one_to_one", Mailbox(11, "Invalid credentials"), (Refusal, "mailbox")),
        ("one_to_one", None, ("provider", 2)),
        ("marketing", Mailbox(11), ("provider", 1)),
        ("transactional", Mailbox(11, "Invalid credentials"), ("provider", 2)),
    ],
)
def test_a_connected_mailbox_takes_all_of_its_users_one_to_one_mail(purpose: str, mailbox: Any, expected: Any) -> None:
    assert outcome(facts(purpose), mailbox=mailbox) == expected


@pytest.mark.parametrize(
    ("purpose", "mailbox", "expected"),
    [
        ("one_to_one", None, (Refusal, "copies")),
        ("one_to_one", Mailbox(11), ("mailbox", 11)),
        ("transactional", None, (Refusal, "copies")),
    ],
)
def test_copies_need_a_mailbox(purpose: str, mailbox: Any, expected: Any) -> None:
    assert outcome(facts(purpose, has_copies=True), mailbox=mailbox) == expected


def test_every_decision_says_why() -> None:
    route = decide(facts("marketing"), Ways((BULK,)), ())
    assert isinstance(route, Route)
    assert "bulk" in route.reason
    refused = decide(facts("marketing"), Ways((BULK,)), ("complaint",))
    assert isinstance(refused, Refusal)
    assert "spam" in refused.words


def test_a_test_goes_to_its_author_who_is_on_no_list_unless_the_address_is_suppressed() -> None:
    test = MessageFacts("marketing", has_contact=False, is_test=True)
    assert outcome(test) == ("provider", 1)
    assert outcome(test, ("complaint",)) == (Refusal, "complaint")
