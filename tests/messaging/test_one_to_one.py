"""A user writes to a contact: in their own name, without an unsubscribe link, with every tag saying something."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts.actions.lists import subscribe
from contacts.handover import hand_over
from contacts.models import Account, Contact, MailingList
from deals.models import Deal, DealContact, Pipeline, Stage
from messaging import personal
from messaging.actions.one_to_one import ValuesMissingError, send_one_to_one
from messaging.actions.suppress import suppress
from messaging.actions.transactional import Suppressed
from messaging.models import Message
from messaging.showing import shown
from tests.fixtures.world import World
from tests.messaging.outbox_rows import make_contact, make_mailing, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Contact:
    return make_contact(last_name="Lovelace")


@pytest.fixture
def deal(ada: Contact, world: World) -> Deal:
    """A deal with Ada (primary) and Grace."""
    pipeline = Pipeline.objects.create(name="Sales")
    stage = Stage.objects.create(pipeline=pipeline, name="New")
    made = Deal.objects.create(title="Engine", pipeline=pipeline, stage=stage, owner=world.sam)
    DealContact.objects.create(deal=made, contact=make_contact("grace@example.com", first_name="Grace"))
    DealContact.objects.create(deal=made, contact=ada, is_primary=True)
    return made


def write(client: Client, contact: Contact, **fields: str) -> object:
    values = {
        "contact": str(contact.pk),
        "subject": "Hello",
        "html": "<div>How are you?</div>",
        "track": "on",
        **fields,
    }
    return client.post(f"/mail/contacts/{contact.pk}/write/", values)


def test_the_dialog_shows_from_and_to_and_sends(as_sam: Client, ada: Contact, world: World) -> None:
    page = as_sam.get(f"/mail/contacts/{ada.pk}/write/").content.decode()
    assert "sam@example.com" in page
    assert "ada@example.com" in page
    write(as_sam, ada, subject="Hello {{ contact.first_name }}")
    message = Message.objects.get()
    assert (message.contact, message.user, message.lane, message.purpose) == (
        ada,
        world.sam,
        "one_to_one",
        "one_to_one",
    )
    assert (message.mailing.from_email, message.mailing.origin) == ("sam@example.com", "user")
    said = shown(message)
    assert said.subject == "Hello Ada"
    assert "How are you?" in said.html
    assert "nsubscribe" not in f"{said.html} {said.text}"


def test_what_was_pasted_cannot_run_or_hide(as_sam: Client, ada: Contact) -> None:
    evil = (
        "<div>Hi<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"
        "<a href='https://example.com/' onclick='x()' style='position:fixed'>y</a><iframe src='//e'></iframe></div>"
    )
    write(as_sam, ada, html=evil)
    html = shown(Message.objects.get()).html
    for word in ("script", "onerror", "onclick", "javascript", "iframe", "position", "<img"):
        assert word not in html
    assert 'href="https://example.com/"' in html


def test_a_tag_without_a_value_is_asked_for_and_nothing_is_sent(as_sam: Client, ada: Contact) -> None:
    answer = write(as_sam, ada, html="<div>How is {{ contact.city }}?</div>")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert 'name="value:contact.city"' in answer.content.decode()  # type: ignore[attr-defined]
    assert "How is" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Message.objects.exists()
    write(as_sam, ada, html="<div>How is {{ contact.city }}?</div>", **{"value:contact.city": "London <3"})
    assert "How is London &lt;3?" in shown(Message.objects.get()).html
    ada.refresh_from_db()
    assert ada.city == ""


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        ("{{ contact.first_name }}", []),
        ("{{ contact.city }} {{contact.city}}", ["contact.city"]),
        ("{{ contact.city | default: 'town' }}", []),
        ("{{ contact.city | default: &quot;town&quot; }}", []),
        ("{% if contact.city %}{{ contact.first_name }}{% endif %}", []),
        ("{{ sender.name }} {{ account.name }}", ["account.name"]),
        ("{{ contact.fields.none }}", ["contact.fields.none"]),
    ],
)
def test_tags_that_say_nothing_are_found(ada: Contact, world: World, text: str, empty: list[str]) -> None:
    assert personal.empty_tags(text, personal.values_for(ada, world.sam)) == empty


def test_activecampaigns_tags_work_here_too(as_sam: Client, ada: Contact) -> None:
    write(as_sam, ada, subject="Hi %FIRSTNAME%", html="<div>%LASTNAME%</div>")
    said = shown(Message.objects.get())
    assert said.subject == "Hi Ada"
    assert "Lovelace" in said.html


def test_an_unknown_tag_is_an_error_and_what_was_typed_stays(as_sam: Client, ada: Contact) -> None:
    answer = write(as_sam, ada, html="<div>Typed words {{ contact.frist_name | default: 'x' }}</div>")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "frist_name" in answer.content.decode()  # type: ignore[attr-defined]
    assert "Typed words" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Message.objects.exists()


@pytest.mark.parametrize("field", ["cc", "bcc"])
def test_copies_are_refused_clearly(as_sam: Client, ada: Contact, field: str) -> None:
    answer = write(as_sam, ada, **{field: "eve@example.com"})
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "connected mailbox" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Message.objects.exists()


@pytest.mark.parametrize("kind", ["hard_bounce", "complaint"])
def test_who_cannot_be_written_to_is_said_before_sending(as_sam: Client, ada: Contact, kind: str, world: World) -> None:
    suppress(address=ada.email, kind=kind, reason="", by=None)
    assert "cannot be written to" in as_sam.get(f"/mail/contacts/{ada.pk}/write/").content.decode()
    assert write(as_sam, ada).status_code == 422  # type: ignore[attr-defined]
    with pytest.raises(Suppressed):
        send_one_to_one(user=world.sam, contact=ada, subject="x", html="<p>x</p>", by=world.sam)
    assert not Message.objects.exists()


def test_no_list_is_needed_and_an_unsubscription_does_not_matter(as_sam: Client, ada: Contact) -> None:
    suppress(address=ada.email, kind="unsubscribed", reason="", by=None)
    write(as_sam, ada)
    assert Message.objects.get().state == "queued"


def test_the_action_refuses_empty_tags_too(ada: Contact, world: World) -> None:
    with pytest.raises(ValuesMissingError) as caught:
        send_one_to_one(user=world.sam, contact=ada, subject="{{ contact.phone }}", html="<p>x</p>", by=world.sam)
    assert caught.value.names == ["contact.phone"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("see https://example.com/x.", 'see <a href="https://example.com/x">https://example.com/x</a>.'),
        (
            "(http://a.example/?b=1&amp;c=2)",
            '(<a href="http://a.example/?b=1&amp;c=2">http://a.example/?b=1&amp;c=2</a>)',
        ),
        ('<a href="https://b.example/">https://b.example/</a>', '<a href="https://b.example/">https://b.example/</a>'),
        ("no https:// address", "no https:// address"),
        ("https://x.example/&nbsp;and", '<a href="https://x.example/">https://x.example/</a>&nbsp;and'),
    ],
)
def test_typed_addresses_become_links(typed: str, sent: str) -> None:
    assert personal.linked(typed) == sent


def test_without_words_or_subject_nothing_is_sent(as_sam: Client, ada: Contact) -> None:
    for fields in ({"html": "<div><br></div>"}, {"html": ""}, {"subject": " "}):
        assert write(as_sam, ada, **fields).status_code == 422  # type: ignore[attr-defined]
    assert not Message.objects.exists()


def test_without_scripts_the_plain_field_does(as_sam: Client, ada: Contact) -> None:
    write(as_sam, ada, html="", plain="Line one\nLine <two>")
    assert "Line one<br>Line &lt;two&gt;" in shown(Message.objects.get()).html


def test_from_a_deal_it_goes_to_one_of_its_contacts(as_sam: Client, deal: Deal, ada: Contact) -> None:
    page = as_sam.get(f"/mail/deals/{deal.pk}/write/").content.decode()
    assert page.index("ada@example.com") and "grace@example.com" in page
    stranger = make_contact("mallory@example.com")
    fields = {"subject": "Hello", "html": "<div>x</div>"}
    refused = as_sam.post(f"/mail/deals/{deal.pk}/write/", {**fields, "contact": stranger.pk})
    assert refused.status_code == 422
    as_sam.post(f"/mail/deals/{deal.pk}/write/", {**fields, "contact": ada.pk})
    message = Message.objects.get()
    assert (message.deal, message.contact) == (deal, ada)
    assert not message.mailing.track_opens
    for tab in (f"/mail/deals/{deal.pk}/emails/", f"/mail/contacts/{ada.pk}/emails/"):
        assert "Hello" in as_sam.get(tab).content.decode()


def test_an_account_without_people_says_so(as_sam: Client) -> None:
    account = Account.objects.create(name="Engines")
    assert "Nobody to write to" in as_sam.get(f"/mail/companies/{account.pk}/write/").content.decode()
    assert as_sam.post(f"/mail/companies/{account.pk}/write/", {"subject": "x"}).status_code == 404


def test_readers_cannot_write_and_strangers_records_are_404(as_charlie: Client, as_sam: Client, ada: Contact) -> None:
    assert as_charlie.get(f"/mail/contacts/{ada.pk}/write/").status_code == 403
    assert write(as_charlie, ada).status_code == 403  # type: ignore[attr-defined]
    assert not Message.objects.exists()
    for path in ("contacts/4711/write/", "deals/4711/write/", "contacts/4711/emails/", "companies/4711/emails/"):
        assert as_sam.get(f"/mail/{path}").status_code == 404


def test_the_emails_tab_and_figure_tell_opens_and_clicks(as_charlie: Client, ada: Contact) -> None:
    for n in range(30):
        make_message(mailing=make_mailing(subject=f"Number {n};"), contact=ada)
    make_message(contact=ada, opened_at="2026-11-01T10:00:00Z", open_count=3, click_count=2)
    first = as_charlie.get(f"/mail/contacts/{ada.pk}/emails/")
    assert "opened 3 times" in first.content.decode()
    assert "2 clicks" in first.content.decode()
    older = as_charlie.get(first.context["next_url"])
    assert "Number 0;" in older.content.decode()
    assert older.context["next_url"] == ""
    assert "1 of 31" in as_charlie.get(f"/mail/contacts/{ada.pk}/opened/").content.decode()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("mailing_opened={m}", {"ada"}),
        ("mailing_not_opened={m}", {"grace"}),
        ("mailing_bounced={m}", set()),
        ("mailing_sent={m}", {"ada", "grace"}),
        ("mailing_opened=nonsense", set()),
    ],
)
def test_report_figures_lead_to_the_contacts_behind_them(as_bob: Client, query: str, names: set[str]) -> None:
    mailing = make_mailing()
    make_message(mailing=mailing, contact=make_contact("ada@example.com"), opened_at="2026-11-01T10:00:00Z")
    make_message(mailing=mailing, contact=make_contact("grace@example.com", first_name="Grace"))
    make_message(contact=make_contact("eve@example.com", first_name="Eve"))
    page = as_bob.get(f"/contacts/?{query.format(m=mailing.pk)}").content.decode()
    assert {name for name in ("ada", "grace", "eve") if f"{name}@example.com" in page} == names


def test_who_asks_to_join_a_list_is_mailed_a_link_once() -> None:
    news = MailingList.objects.create(name="News", double_opt_in=True)
    contact = make_contact()
    subscribe(contact=contact, mailing_list=news, by=None, source="form", confirmed=False)
    hand_over()
    hand_over()
    message = Message.objects.get()
    assert message.address == contact.email
    context: dict[str, dict[str, str]] = message.context or {}
    link = context["data"]["url"].removeprefix("http://testserver")
    Client().post(link)
    assert contact.subscriptions.get().status == "active"
