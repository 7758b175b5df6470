"""What a recipient can do without signing in, and what nobody can do without a token."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts.actions.lists import subscribe, unsubscribe
from contacts.models import Activity, Contact, MailingList, Subscription
from messaging.models import MailingStats, Message, Suppression
from messaging.subscribing import confirm_url
from messaging.tokens import purpose_token
from tests.messaging.outbox_rows import make_contact, make_mailing, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def anybody() -> Client:
    """A browser that checks CSRF, as the real one does, and has no cookies."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def news() -> MailingList:
    return MailingList.objects.create(name="internal-news", public_name="News")


@pytest.fixture
def offers() -> MailingList:
    return MailingList.objects.create(name="Offers")


@pytest.fixture
def message(news: MailingList, offers: MailingList) -> Message:
    """A message owed by the list News to Ada, who is also on Offers."""
    contact = make_contact()
    for one in (news, offers):
        subscribe(contact=contact, mailing_list=one, by=None, source="test")
    return make_message(contact=contact, mailing_list=news)


def token_of(message: Message) -> str:
    return purpose_token("unsubscribe", message.pk)


def status_on(mailing_list: MailingList) -> str:
    return Subscription.objects.get(list=mailing_list).status


def test_looking_at_the_pages_changes_nothing(anybody: Client, message: Message, news: MailingList) -> None:
    for page in "upv":
        for method in (anybody.get, anybody.head):
            assert method(f"/e/{page}/{token_of(message)}").status_code == 200
    assert status_on(news) == "active"
    assert not anybody.cookies


def test_a_one_click_post_unsubscribes_without_a_page(
    anybody: Client, message: Message, news: MailingList, offers: MailingList
) -> None:
    for _ in range(2):
        answer = anybody.post(f"/e/u/{token_of(message)}", {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.content) == (200, b"")
    assert status_on(news) == "unsubscribed"
    assert status_on(offers) == "active"
    assert MailingStats.objects.get(mailing=message.mailing_id).unsubscribed == 1
    assert Activity.objects.filter(kind="email.unsubscribed", contact=message.contact_id).count() == 1


def test_a_one_click_post_leaves_all_lists_that_the_mailing_was_owed_by(
    anybody: Client, news: MailingList, offers: MailingList, message: Message
) -> None:
    both = make_message(mailing=make_mailing(list_ids=[news.pk, offers.pk]), mailing_list=news)
    anybody.post(f"/e/u/{token_of(both)}", {"List-Unsubscribe": "One-Click"})
    assert {status_on(news), status_on(offers)} == {"unsubscribed"}


def test_the_page_takes_people_off_the_lists_they_tick(
    anybody: Client, message: Message, news: MailingList, offers: MailingList
) -> None:
    page = anybody.get(f"/e/u/{token_of(message)}").content.decode()
    assert "News" in page
    assert "internal-news" not in page
    assert "ada@example.com" not in page
    answer = anybody.post(f"/e/u/{token_of(message)}", {"scope": "lists", "list": [news.pk]})
    assert answer.status_code == 200
    assert (status_on(news), status_on(offers)) == ("unsubscribed", "active")


def test_everything_means_every_list_and_all_marketing_later(
    anybody: Client, message: Message, news: MailingList, offers: MailingList
) -> None:
    anybody.post(f"/e/u/{token_of(message)}", {"scope": "everything"})
    assert {status_on(news), status_on(offers)} == {"unsubscribed"}
    assert Suppression.objects.get().kind == "unsubscribed"


def test_a_list_that_the_message_was_not_owed_by_cannot_be_left_by_its_page(
    anybody: Client, message: Message, offers: MailingList
) -> None:
    anybody.post(f"/e/u/{token_of(message)}", {"scope": "lists", "list": [offers.pk]})
    assert status_on(offers) == "active"


def test_people_choose_list_by_list_and_come_back_by_their_own_act(
    anybody: Client, message: Message, news: MailingList, offers: MailingList
) -> None:
    anybody.post(f"/e/u/{token_of(message)}", {"scope": "everything"})
    answer = anybody.post(f"/e/p/{token_of(message)}", {"scope": "lists", "list": [offers.pk]})
    assert answer.status_code == 302
    assert (status_on(news), status_on(offers)) == ("unsubscribed", "active")
    assert not Suppression.objects.exists()


def test_the_preference_page_shows_private_lists_only_to_those_on_them(anybody: Client, message: Message) -> None:
    private = MailingList.objects.create(name="Board", is_public=False)
    assert "Board" not in anybody.get(f"/e/p/{token_of(message)}").content.decode()
    assert message.contact is not None
    subscribe(contact=message.contact, mailing_list=private, by=None, source="test")
    assert "Board" in anybody.get(f"/e/p/{token_of(message)}").content.decode()


@pytest.mark.parametrize("page", ["u", "p", "v", "confirm", "sender"])
def test_a_token_that_is_not_ours_is_answered_the_same_everywhere(anybody: Client, message: Message, page: str) -> None:
    good = token_of(message)
    others = ("x", "a" * 29, good[:-2] + "zz", purpose_token("reply", message.pk), f"{good}0")
    answers = [anybody.get(f"/e/{page}/{token}") for token in others]
    answers += [
        anybody.post(f"/e/{page}/{token}", {"List-Unsubscribe": "One-Click"}) for token in others if page != "v"
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert Subscription.objects.filter(status="unsubscribed").count() == 0


def test_a_message_of_a_contact_who_is_gone_still_unsubscribes_the_address(anybody: Client) -> None:
    message = make_message()
    Message.objects.filter(pk=message.pk).update(contact=None)
    assert anybody.get(f"/e/p/{token_of(message)}").status_code == 200
    anybody.post(f"/e/u/{token_of(message)}", {"List-Unsubscribe": "One-Click"})
    assert Suppression.objects.get().address == "ada@example.com"


def test_the_link_of_a_confirmation_mail_confirms_only_by_its_button(anybody: Client, news: MailingList) -> None:
    contact: Contact = make_contact("eve@example.com")
    held = subscribe(contact=contact, mailing_list=news, by=None, source="form", confirmed=False)
    path = confirm_url(held).removeprefix("http://testserver")
    assert "News" in anybody.get(path).content.decode()
    assert status_on(news) == "unconfirmed"
    assert anybody.post(path).status_code == 200
    assert status_on(news) == "active"


def test_an_old_confirmation_link_does_not_bring_back_who_left_since(anybody: Client, news: MailingList) -> None:
    contact = make_contact("eve@example.com")
    held = subscribe(contact=contact, mailing_list=news, by=None, source="form", confirmed=False)
    unsubscribe(contact=contact, mailing_list=news, by=None, reason="test")
    assert anybody.post(confirm_url(held).removeprefix("http://testserver")).status_code == 200
    assert status_on(news) == "unsubscribed"


def test_a_mail_shown_in_the_browser_can_run_nothing(anybody: Client, message: Message) -> None:
    answer = anybody.get(f"/e/v/{token_of(message)}")
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
