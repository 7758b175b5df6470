"""The outbox and a message's page: what was said to whom, by which way, and what became of it."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts.actions.lists import subscribe
from contacts.models import MailingList
from messaging.actions.compose import freeze_mailing, queue_message
from messaging.models import Attempt, Hit, Mailing, MailingStats, Message
from tests.messaging.outbox_rows import make_contact, make_mailing, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def message() -> Message:
    """A queued message to Ada whose mailing was really compiled."""
    contact = make_contact(first_name="Ada <b>")
    mailing = Mailing.objects.create(
        purpose="one_to_one",
        origin="user",
        subject="Hello {{ contact.first_name }}",
        html="<p>Dear {{ contact.first_name | default: 'friend' }}, <a href='https://example.com/x'>look</a></p>",
        from_email="bob@example.com",
    )
    made = queue_message(mailing=freeze_mailing(mailing=mailing), contact=contact, lane="one_to_one", by=None)
    made.refresh_from_db()
    return made


def test_a_message_shows_what_it_says_to_this_person(as_charlie: Client, message: Message) -> None:
    page = as_charlie.get(message.get_absolute_url()).content.decode()
    assert "Hello Ada &lt;b&gt;" in page
    frame = as_charlie.get(f"/mail/messages/{message.pk}/body/")
    assert "Dear Ada &lt;b&gt;" in frame.content.decode()
    assert "https://example.com/x" in frame.content.decode()
    assert "/e/o/" not in frame.content.decode()
    assert "sandbox" in frame["Content-Security-Policy"]


def test_it_shows_each_attempt_with_the_servers_words_and_machines_apart(as_charlie: Client) -> None:
    message = make_message(state="deferred", route_reason="First active provider.")
    Attempt.objects.create(message=message, outcome="deferred", stage="rcpt", code=451, text="4.7.1 Greylisted, later")
    Hit.objects.create(message=message, kind="open", agent="Firefox/133", network="192.0.2.0/24")
    Hit.objects.create(message=message, kind="open", agent="Mozilla/5.0", is_machine=True, verdict="apple_privacy")
    page = as_charlie.get(message.get_absolute_url()).content.decode()
    assert "4.7.1 Greylisted, later" in page
    assert "First active provider." in page
    assert "Apple" in page
    assert "1 hit by a machine" in page


def test_an_uncertain_message_is_settled_by_a_persons_word(as_bob: Client, as_charlie: Client) -> None:
    message = make_message(state="uncertain", sent_at=None)
    MailingStats.objects.filter(mailing=message.mailing).update(uncertain=1)
    path = f"/mail/messages/{message.pk}/settle/"
    assert as_charlie.post(path, {"arrived": "yes"}).status_code == 403
    assert as_bob.get(path).status_code == 405
    assert as_bob.post(path, {"arrived": "yes"}).status_code == 302
    message.refresh_from_db()
    assert message.state == "sent"


def test_an_uncertain_message_can_be_sent_again(as_bob: Client) -> None:
    message = make_message(state="uncertain", sent_at=None)
    MailingStats.objects.filter(mailing=message.mailing).update(uncertain=1)
    as_bob.post(f"/mail/messages/{message.pk}/settle/", {"arrived": "no"})
    message.refresh_from_db()
    assert message.state == "queued"


def test_a_failed_message_can_be_tried_again_once(as_bob: Client) -> None:
    message = make_message(state="failed", error="550 no", reason="refused", attempts=3)
    MailingStats.objects.filter(mailing=message.mailing).update(failed=1)
    for _ in range(2):
        as_bob.post(f"/mail/messages/{message.pk}/retry/")
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("queued", 0, "")
    assert MailingStats.objects.get(mailing=message.mailing).failed == 0


def test_a_sent_message_is_not_sent_again(as_bob: Client) -> None:
    message = make_message()
    as_bob.post(f"/mail/messages/{message.pk}/retry/")
    as_bob.post(f"/mail/messages/{message.pk}/settle/", {"arrived": "no"})
    message.refresh_from_db()
    assert message.state == "sent"


def test_a_message_whose_values_break_its_template_says_so(as_charlie: Client) -> None:
    mailing = Mailing.objects.create(
        purpose="transactional",
        origin="api",
        subject="Hi",
        html="<p>{% for n in (1..data.n) %}{% for m in (1..data.n) %}x{% endfor %}{% endfor %}</p>",
        from_email="bob@example.com",
        extra_fields=["data.*"],
    )
    made = queue_message(
        mailing=mailing, address="x@example.com", lane="transactional", context={"data": {"n": 9999}}, by=None
    )
    assert as_charlie.get(made.get_absolute_url()).status_code == 200


def test_unknown_messages_are_404(as_bob: Client) -> None:
    for path in ("", "body/"):
        assert as_bob.get(f"/mail/messages/4711/{path}").status_code == 404
    assert as_bob.post("/mail/messages/4711/retry/").status_code == 404


def test_the_outbox_filters_and_shows_lanes(as_charlie: Client) -> None:
    mailing = make_mailing(subject="Mailing one")
    make_message(mailing=mailing, state="queued", sent_at=None)
    make_message(
        mailing=make_mailing(subject="Other", purpose="transactional", origin="api"),
        lane="transactional",
        state="failed",
    )
    assert "Mailing one" in as_charlie.get("/mail/outbox/").content.decode()
    failed = as_charlie.get("/mail/outbox/?state=failed").content.decode()
    assert "Other" in failed
    assert "Mailing one" not in failed
    assert len(as_charlie.get(f"/mail/outbox/?mailing={mailing.pk}").context["rows"]) == 1
    assert len(as_charlie.get("/mail/outbox/?purpose=transactional").context["rows"]) == 1
    assert len(as_charlie.get("/mail/outbox/?q=ADA@example.com").context["rows"]) == 2
    campaign = next(lane for lane in as_charlie.get("/mail/outbox/").context["lanes"] if lane.key == "campaign")
    assert (campaign.waiting, campaign.oldest_due is not None) == (1, campaign.oldest_due is not None)


def test_the_outbox_costs_no_query_per_row(as_charlie: Client, django_assert_max_num_queries: object) -> None:
    for n in range(20):
        make_message(contact=make_contact(f"n{n}@example.com"))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        as_charlie.get("/mail/outbox/")


def test_the_page_of_a_marketing_message_in_the_browser_keeps_its_links(as_charlie: Client) -> None:
    contact = make_contact()
    news = MailingList.objects.create(name="News")
    subscribe(contact=contact, mailing_list=news, by=None, source="t")
    mailing = Mailing.objects.create(
        purpose="marketing",
        origin="campaign",
        subject="News",
        html="<p>Hi</p><p><a href='{{ unsubscribe_url }}'>Unsubscribe</a> {{ sender.address }}</p>",
        from_email="news@example.com",
    )
    made = queue_message(mailing=mailing, contact=contact, mailing_list=news, lane="campaign", by=None)
    frame = as_charlie.get(f"/mail/messages/{made.pk}/body/").content.decode()
    assert "/e/u/" in frame


def test_lists_have_something_to_say_when_they_are_empty(as_alice: Client) -> None:
    for page in ("outbox", "captured", "suppressions", "providers", "senders", "templates"):
        assert as_alice.get(f"/mail/{page}/").status_code == 200
