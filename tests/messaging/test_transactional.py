"""The product's own mails: templates, sent through the outbox, edited without touching what was sent."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts.models import Activity, Contact, Organization
from messaging.actions.suppress import suppress
from messaging.actions.templates import TemplateUnknownError
from messaging.actions.transactional import Suppressed, send_transactional
from messaging.builtins import all_builtins
from messaging.models import Message, Suppression, TransactionalTemplate
from messaging.showing import shown
from tests.messaging.outbox_rows import make_contact

pytestmark = pytest.mark.django_db


def send(to: str | Contact = "dora@example.org", **facts: object) -> Message:
    context = {"email": "dora@example.org", "url": "https://crm.example.org/reset/1"}
    return send_transactional(template="password-reset", to=to, context=context, by=None, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [one.key for one in all_builtins()])
def test_every_builtin_mail_can_be_sent_and_says_its_facts(key: str) -> None:
    original = next(one for one in all_builtins() if one.key == key)
    message = send_transactional(template=key, to="dora@example.org", context=original.sample, by=None)
    said = shown(message)
    for name, value in original.sample.items():
        assert value in f"{said.subject} {said.html} {said.text}", name
    assert "{{" not in said.html
    assert "nsubscribe from" not in said.html
    assert (message.lane, message.purpose, message.origin) == ("transactional", "transactional", "api")
    assert message.mailing.auto_submitted


def test_the_same_key_is_one_message() -> None:
    assert send(idempotency_key="order-1").pk == send(idempotency_key="order-1").pk
    assert Message.objects.count() == 1


def test_many_mails_of_a_template_share_one_mailing() -> None:
    assert send().mailing_id == send("eve@example.org").mailing_id


@pytest.mark.parametrize("kind", ["hard_bounce", "complaint"])
def test_a_dead_or_complaining_address_is_an_error_the_caller_can_read(kind: str) -> None:
    suppress(address="Dora@example.org", kind=kind, reason="", by=None)
    with pytest.raises(Suppressed) as caught:
        send()
    assert caught.value.kind == kind
    assert not Message.objects.exists()


@pytest.mark.parametrize("kind", ["exclusion", "unsubscribed"])
def test_who_wants_no_marketing_still_gets_what_they_asked_for(kind: str) -> None:
    suppress(address="dora@example.org", kind=kind, reason="", by=None)
    assert send().state == "queued"


def test_an_unknown_template_is_said_to_be_unknown() -> None:
    with pytest.raises(TemplateUnknownError):
        send_transactional(template="no-such", to="dora@example.org", context={}, by=None)


def test_to_a_contact_it_is_theirs() -> None:
    contact = make_contact()
    assert send(contact).contact == contact


def test_a_new_sender_of_the_organisation_is_used_at_once() -> None:
    first = send()
    Organization.objects.update_or_create(pk=1, defaults={"default_from_email": "hello@example.org"})
    second = send()
    assert second.mailing.from_email == "hello@example.org"
    assert first.mailing_id != second.mailing_id


def test_an_edit_changes_the_next_mail_and_not_the_last(as_bob: Client) -> None:
    before = send()
    form = {
        "subject": "A new password, %FIRSTNAME%",
        "html": "<p>Go to {{ data.url }}</p>",
        "preheader": "",
        "text": "",
    }
    assert as_bob.post("/mail/templates/password-reset/", form).status_code == 302
    after = send()
    assert shown(before).subject == "Set a new password"
    assert shown(after).subject.startswith("A new password")
    assert "{{ contact.first_name }}" in after.mailing.subject
    as_bob.post("/mail/templates/password-reset/restore/")
    assert shown(send()).subject == "Set a new password"


def test_an_edit_with_a_mistake_is_refused_by_line_and_tag(as_bob: Client) -> None:
    form = {"subject": "Hi", "html": "<p>One</p>\n<p>{{ data.url }} {{ contact.frist_name }}</p>", "preheader": ""}
    answer = as_bob.post("/mail/templates/password-reset/", form)
    assert answer.status_code == 422
    assert "frist_name" in answer.content.decode()
    assert "Set a new password" in shown(send()).subject


def test_the_preview_and_the_test_mail_use_samples(as_bob: Client) -> None:
    assert "crm.example.com" in as_bob.get("/mail/templates/invitation/body/").content.decode()
    as_bob.post("/mail/templates/invitation/test/")
    assert Message.objects.get().address == "bob@example.com"


def test_looking_at_templates_makes_no_rows(as_bob: Client) -> None:
    as_bob.get("/mail/templates/")
    as_bob.get("/mail/templates/invitation/")
    assert not TransactionalTemplate.objects.exists()
    assert as_bob.get("/mail/templates/nonsense/").status_code == 404


def test_readers_and_sales_do_not_edit_templates(as_sam: Client, as_charlie: Client) -> None:
    for client in (as_sam, as_charlie):
        assert client.get("/mail/templates/").status_code == 403
        assert client.post("/mail/templates/invitation/restore/").status_code == 403


def test_suppressions_are_searched_added_and_lifted_with_a_reason(as_bob: Client) -> None:
    contact = make_contact()
    as_bob.post("/mail/suppressions/add/", {"address": "ADA@example.com", "reason": "a rival"})
    held = Suppression.objects.get()
    assert held.kind == "exclusion"
    assert "ADA@example.com" in as_bob.get("/mail/suppressions/?q=ada@").content.decode()
    assert "ADA@example.com" not in as_bob.get("/mail/suppressions/?kind=complaint").content.decode()
    assert as_bob.post(f"/mail/suppressions/{held.pk}/lift/", {"reason": ""}).status_code == 422
    as_bob.post(f"/mail/suppressions/{held.pk}/lift/", {"reason": "a friend now"})
    assert not Suppression.objects.exists()
    kinds = set(Activity.objects.filter(contact=contact).values_list("kind", flat=True))
    assert kinds == {"email.suppressed", "email.suppression_lifted"}
