"""The demo data: there once, and true: figures are those of the rows."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from automations.models import Enrollment
from campaigns.models import Campaign
from contacts.models import Contact, User
from crm.demo.load import load_demo
from messaging.models import Message
from messaging.showing import shown

pytestmark = pytest.mark.django_db


def test_the_demo_is_loaded_once_and_never_among_real_people() -> None:
    call_command("load_demo", contacts=90)
    assert Contact.objects.count() == 90
    with pytest.raises(CommandError, match="users already"):
        call_command("load_demo")
    assert User.objects.count() == 4


def test_each_figure_of_a_sent_campaign_is_that_of_its_messages() -> None:
    load_demo(contacts=110)
    sent = Campaign.objects.filter(status="sent").select_related("mailing__stats")
    assert sent.count() == 6
    for campaign in sent:
        messages, stats = Message.objects.filter(mailing=campaign.mailing), campaign.mailing.stats
        assert stats.recipients == messages.count()
        assert stats.opened == messages.filter(opened_at__isnull=False).count()
        assert stats.clicked == messages.filter(clicked_at__isnull=False).count()
        assert stats.delivered == messages.filter(state="delivered").count()


def test_the_welcome_series_has_people_in_it_and_its_mail_can_be_read_again() -> None:
    load_demo(contacts=110)
    states = dict(Enrollment.objects.values_list("state").annotate(Count("id")).order_by())
    assert set(states) == {"active", "finished"}
    message = Message.objects.filter(mailing__origin="automation", state="delivered").latest("id")
    assert "unsubscribe" in shown(message).html.lower()
