"""Lists, tags and fields as pages: seen by all, changed by marketers, no query per row."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.actions.fields import create_field, set_field_value
from contacts.actions.lists import create_list, subscribe_many, unsubscribe
from contacts.actions.tags import add_tag, tag_many
from contacts.models import Contact, CustomField, MailingList, Tag
from tests.fixtures.world import World, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Contact]:
    return [Contact.objects.create(email=f"p{n}@example.com") for n in range(3)]


def test_lists_show_how_many_stand_how_in_a_constant_number_of_queries(
    as_bob: Client, people: list[Contact], django_assert_max_num_queries: Any
) -> None:
    for name in "abcdefgh":
        made = create_list(name=name, by=None)
        subscribe_many(contact_ids=[p.pk for p in people], mailing_list=made, by=None, source="test")
    unsubscribe(contact=people[0], mailing_list=made, by=None, reason="x")
    with django_assert_max_num_queries(6):
        page = as_bob.get(reverse("contacts:lists"))
    shown = page.context["lists"][-1]
    assert (shown.active, shown.unsubscribed, shown.bounced) == (2, 1, 0)


def test_a_list_shows_its_people_by_standing(as_bob: Client, people: list[Contact]) -> None:
    made = create_list(name="News", by=None)
    subscribe_many(contact_ids=[p.pk for p in people], mailing_list=made, by=None, source="test")
    unsubscribe(contact=people[0], mailing_list=made, by=None, reason="too much mail")
    address = reverse("contacts:list", args=[made.pk])
    assert "p0@example.com" not in as_bob.get(address).content.decode()
    left = as_bob.get(address + "?status=unsubscribed").content.decode()
    assert "p0@example.com" in left
    assert "too much mail" in left


def test_a_list_is_made_changed_and_deleted(as_bob: Client, world: World) -> None:
    as_bob.post(reverse("contacts:list_new"), {"name": "News", "is_public": "on"})
    made = MailingList.objects.get()
    again = as_bob.post(reverse("contacts:list_new"), {"name": "News"})
    assert again.status_code == 200
    as_bob.post(reverse("contacts:list_edit", args=[made.pk]), {"name": "Newsletter", "double_opt_in": "on"})
    made.refresh_from_db()
    assert (made.name, made.double_opt_in, made.is_public) == ("Newsletter", True, False)
    assert signed_in(world.charlie).get(reverse("contacts:list", args=[made.pk])).status_code == 200
    assert signed_in(world.charlie).post(reverse("contacts:list_delete", args=[made.pk])).status_code == 403
    as_bob.post(reverse("contacts:list_delete", args=[made.pk]))
    assert not MailingList.objects.exists()


def test_tags_are_renamed_merged_and_deleted_with_the_number_touched(as_bob: Client, people: list[Contact]) -> None:
    tag_many(contact_ids=[p.pk for p in people], names=["old"], by=None)
    new = add_tag(contact=people[0], name="new", by=None)
    old = Tag.objects.get(name="old")
    assert [count for _tag, count in as_bob.get(reverse("contacts:tags")).context["tags"]] == [1, 3]
    taken = as_bob.post(reverse("contacts:tag", args=[old.pk]), {"name": "NEW"})
    assert "merge the two" in taken.content.decode()
    as_bob.post(reverse("contacts:tag", args=[old.pk]), {"name": "Older"})
    merged = as_bob.post(reverse("contacts:tag_merge", args=[old.pk]), {"into": str(new.pk)}, follow=True)
    assert "on 3 contacts" in merged.content.decode()
    deleted = as_bob.post(reverse("contacts:tag_delete", args=[new.pk]), follow=True)
    assert "3 contacts had it" in deleted.content.decode()
    assert as_bob.post(reverse("contacts:tag_merge", args=[new.pk]), {"into": "x"}).status_code == 404


def test_fields_are_defined_renamed_and_deleted(as_bob: Client, people: list[Contact]) -> None:
    as_bob.post(reverse("contacts:field_new"), {"label": "Plan", "kind": "dropdown", "options": "Free\nPro\n"})
    field = CustomField.objects.get()
    assert (field.key, field.options) == ("plan", ["Free", "Pro"])
    set_field_value(contact=people[0], field=field, value="pro", by=None)
    taken = as_bob.post(reverse("contacts:field_new"), {"label": "plan", "kind": "text"})
    assert "already" in taken.content.decode()
    as_bob.post(reverse("contacts:field", args=[field.pk]), {"label": "Tariff", "kind": "date", "options": "Free\nPro"})
    field.refresh_from_db()
    assert (field.key, field.label, field.kind) == ("plan", "Tariff", "dropdown")
    page = as_bob.get(reverse("contacts:fields"))
    assert [each.filled for each, _kind in page.context["fields"]] == [1]
    gone = as_bob.post(reverse("contacts:field_delete", args=[field.pk]), follow=True)
    assert "1 contact had a value" in gone.content.decode()


def test_fields_are_no_readers_business(world: World) -> None:
    create_field(label="Plan", by=None)
    assert signed_in(world.charlie).get(reverse("contacts:fields")).status_code == 403
