"""The whole story in a browser: a welcome series is built, somebody subscribes, the mail arrives at a real server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from automations.models import Automation, Enrollment
from contacts.actions.lists import subscribe
from contacts.models import Contact, MailingList, Organization
from messaging.models import Message, Provider, SendingDomain
from tests.fixtures.processes import Stack, wait_until
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World


@pytest.fixture
def ready_to_send(transactional_db: None, smtp_server: SmtpServer) -> None:
    """A provider that leads to the test's own mail server, and an organisation that may send."""
    Provider.objects.all().delete()
    Provider.objects.create(
        name="Test server",
        kind="smtp",
        config={"host": "127.0.0.1", "port": smtp_server.port, "security": "none"},
    )
    SendingDomain.objects.create(domain="velo.example", verified_at=timezone.now(), verified_how="administrator")
    Organization.objects.update_or_create(
        pk=1, defaults={"name": "Velo", "postal_address": "Hafenstraße 12, 10115 Berlin"}
    )


def add_email(page: Page, subject: str, body: str) -> None:
    page.get_by_text("Add step").click()
    page.get_by_role("link", name="Send email").click()
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("From address").fill("alice@velo.example")
    page.get_by_label("Text").fill(body)
    page.get_by_role("button", name="Add").click()


@pytest.mark.django_db(transaction=True)
def test_a_welcome_series_is_built_and_runs(
    page: Page, live_stack: Stack, world: World, smtp_server: SmtpServer, ready_to_send: None
) -> None:
    newsletter = MailingList.objects.create(name="Newsletter")
    ada = Contact.objects.create(email="ada@example.net", first_name="Ada", last_name="Lovelace")
    live_stack.sign_in(page, world.bob)

    page.goto(f"{live_stack.url}/automations/")
    page.get_by_role("button", name="New automation").click()
    page.get_by_label("Name").fill("Welcome series")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("Add trigger").click()
    page.get_by_role("link", name="Subscribes to a list").click()
    page.get_by_label("List").select_option(label="Newsletter")
    page.get_by_role("button", name="Add").click()
    add_email(page, "Welcome, %FIRSTNAME%", "Hi %FIRSTNAME%,\n\ngood to have you here.")
    page.get_by_text("Add step").click()
    page.get_by_role("link", name="Wait").click()
    page.get_by_role("button", name="Add").click()
    add_email(page, "Second letter", "Hello again.")
    page.get_by_text("Add step").click()
    page.get_by_role("link", name="Add tag").click()
    page.get_by_label("Tag").fill("welcomed")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Revision 1 is live.")).to_be_visible()

    subscribe(contact=ada, mailing_list=newsletter, by=None, source="form")
    wait_until(lambda: len(smtp_server.received) == 1, what="the first letter")
    page.reload()
    expect(page.get_by_text("1 contact is here")).to_be_visible()

    # The clock of the wait is a column: a day later is a day earlier.
    run = Enrollment.objects.get(automation=Automation.objects.get(), contact=ada)
    Enrollment.objects.filter(pk=run.pk).update(
        arrived_at=timezone.now() - timedelta(days=2), wake_at=timezone.now() - timedelta(days=1)
    )
    wait_until(lambda: len(smtp_server.received) == 2, what="the second letter")
    wait_until(lambda: ada.tags.filter(name="welcomed").exists(), what="the tag")

    page.goto(f"{live_stack.url}{run.get_absolute_url()}")
    expect(page.get_by_text("Finished").first).to_be_visible()
    subjects = [received.message["Subject"] for received in smtp_server.received]
    assert subjects == ["Welcome, Ada", "Second letter"]
    assert Message.objects.filter(contact=ada, state__in=["sent", "delivered"]).count() == 2
