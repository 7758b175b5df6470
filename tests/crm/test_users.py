"""Settings → Users: inviting, roles, deactivating; nobody can lock everybody out."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from contacts.actions.users import UserRefused, change_role, set_active
from contacts.models import Activity, Role, User
from messaging.models import Message
from tests.fixtures.world import World, signed_in

pytestmark = pytest.mark.django_db


def test_an_invited_user_chooses_a_password_by_the_link_and_is_signed_in(as_alice: Client) -> None:
    fields = {"email": "Nora@example.com", "first_name": "Nora", "role": "marketer"}
    assert as_alice.post(reverse("settings_invite"), fields).status_code == 302
    message = Message.objects.get(address__iexact="nora@example.com")
    assert (message.lane, message.purpose) == ("transactional", "transactional")
    assert message.context is not None
    link = message.context["data"]["url"]
    visitor = Client()
    form = visitor.get(re.sub(r"^https?://[^/]+", "", link), follow=True)
    assert form.status_code == 200
    path = form.redirect_chain[-1][0]
    chosen = {"password1": "a long enough passphrase", "password2": "a long enough passphrase"}
    visitor.post(path, chosen, follow=True)
    nora = User.objects.get(email__iexact="nora@example.com")
    assert nora.check_password("a long enough passphrase")
    assert visitor.get("/", follow=True).context["user"] == nora


def test_a_taken_address_is_refused_whatever_its_case(as_alice: Client, world: World) -> None:
    answer = as_alice.post(reverse("settings_invite"), {"email": "BOB@example.com", "role": "sales"})
    assert b"already" in answer.content
    assert User.objects.filter(email__iexact="bob@example.com").count() == 1
    assert not Message.objects.exists()


def test_the_last_administrator_can_be_neither_demoted_nor_deactivated(world: World) -> None:
    with pytest.raises(UserRefused, match="only administrator"):
        change_role(user=world.alice, role=Role.SALES, by=world.alice)
    with pytest.raises(UserRefused, match="only administrator"):
        set_active(user=world.alice, is_active=False, by=world.alice)


def test_a_role_takes_effect_at_once_and_is_in_the_log(as_alice: Client, world: World) -> None:
    as_alice.post(reverse("settings_user_role", args=[world.charlie.pk]), {"role": "administrator"})
    world.charlie.refresh_from_db()
    assert (world.charlie.is_staff, world.charlie.is_superuser, world.charlie.can("users.edit")) == (True,) * 3
    as_alice.post(reverse("settings_user_role", args=[world.charlie.pk]), {"role": "read_only"})
    world.charlie.refresh_from_db()
    assert (world.charlie.is_staff, world.charlie.is_superuser, world.charlie.can("users.edit")) == (False,) * 3
    assert Activity.objects.filter(kind="user.role_changed", by=world.alice).count() == 2


def test_a_deactivated_user_is_out_with_the_next_request(as_alice: Client, world: World) -> None:
    session = signed_in(world.bob)
    assert session.get("/").status_code == 200
    as_alice.post(reverse("settings_user_activate", args=[world.bob.pk]), {"active": "0"})
    assert session.get("/").status_code == 302


def test_everybody_edits_their_own_profile_and_sees_times_in_their_zone(as_charlie: Client, world: World) -> None:
    fields = {"first_name": "Charlotte", "last_name": "E", "job_title": "", "phone": "", "time_zone": "Asia/Tokyo"}
    assert as_charlie.post(reverse("settings_profile"), fields).status_code == 302
    world.charlie.refresh_from_db()
    assert (world.charlie.first_name, world.charlie.time_zone) == ("Charlotte", "Asia/Tokyo")


def test_the_organisation_is_changed_by_administrators_only(as_alice: Client, as_bob: Client) -> None:
    assert as_bob.get(reverse("settings_organization")).status_code == 403
    fields = {
        "name": "Velo",
        "postal_address": "Hafenstraße 12\n10115 Berlin",
        "time_zone": "Europe/Berlin",
        "default_currency": "eur",
    }
    assert as_alice.post(reverse("settings_organization"), fields).status_code == 302
    assert b"EUR" in as_alice.get(reverse("settings_organization")).content
