"""The Django admin: every model is there, searchable, and no page asks a query per row."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import CompositePrimaryKey
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Activity, Contact, ContactTag, MailingList, Subscription, Tag, User

pytestmark = pytest.mark.django_db
OURS = ("contacts", "deals", "messaging", "campaigns", "automations")
# Django's admin cannot show a table with a composite key (5.2): those of working tables.
MODELS = [
    model
    for app in OURS
    for model in apps.get_app_config(app).get_models()
    if not isinstance(model._meta.pk, CompositePrimaryKey)
]


@pytest.fixture
def administrator() -> User:
    """Somebody who may use the admin."""
    return User.objects.create_superuser("admin@relay.example", "secret")


@pytest.fixture
def signed_in(client: Client, administrator: User) -> Client:
    """A browser of theirs."""
    client.force_login(administrator)
    return client


def address(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_has_a_page_with_a_search(model: Any, signed_in: Client) -> None:
    assert signed_in.get(address(model, "changelist"), {"q": "7"}).status_code in (200, 302)


@pytest.mark.parametrize("role", ["marketer", "sales", "read_only"])
def test_only_administrators_reach_the_admin(role: str, client: Client) -> None:
    client.force_login(User.objects.create_user("someone@relay.example", "secret", role=role))
    assert client.get(reverse("admin:index")).status_code == 302


def _fill(count: int) -> None:
    tag, newsletter = Tag.objects.create(name=f"t{count}"), MailingList.objects.create(name=f"l{count}")
    for number in range(count):
        contact = Contact.objects.create(email=f"{count}.{number}@example.com")
        ContactTag.objects.create(contact=contact, tag=tag)
        Subscription.objects.create(contact=contact, list=newsletter, status="active")
        Activity.objects.create(contact=contact, kind="tag.added", occurred_at=timezone.now())


@pytest.mark.parametrize("model", [Contact, ContactTag, Subscription, Activity], ids=lambda model: model.__name__)
def test_a_list_costs_as_many_queries_with_forty_rows_as_with_four(model: Any, signed_in: Client) -> None:
    counts = []
    for rows in (4, 36):
        _fill(rows)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            signed_in.get(address(model, "changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_each_model_of_ours_is_registered() -> None:
    assert [model for model in MODELS if model not in admin.site._registry] == []
