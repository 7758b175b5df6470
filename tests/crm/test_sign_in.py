"""Who gets in, and what strangers get."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as django_settings
from django.test import Client

from contacts.models import User
from messaging.models import Message
from tests.fixtures.world import PASSWORD, World

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": email, "password": password})


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    page = client.get("/", follow=True)
    assert page.redirect_chain[0][0].startswith(LOGIN)
    assert 'type="password"' in page.content.decode()


def test_the_address_may_be_written_in_any_case(client: Client, world: World) -> None:
    assert sign_in(client, "ALICE@Example.com").status_code == 302
    assert client.session["_auth_user_id"] == str(world.alice.pk)


def test_a_wrong_password_says_no_more_than_that(client: Client, world: World) -> None:
    wrong = sign_in(client, world.alice.email, "wrong")
    unknown = sign_in(client, "nobody@example.com", "wrong")
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_a_user_who_was_deactivated_does_not_get_in(client: Client, world: World) -> None:
    User.objects.filter(pk=world.sam.pk).update(is_active=False)
    sign_in(client, world.sam.email)
    assert "_auth_user_id" not in client.session


def test_after_five_wrong_tries_the_right_password_does_not_help(client: Client, world: World, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}  # allauth's own
    for _ in range(5):
        sign_in(client, world.alice.email, "wrong")
    sign_in(client, world.alice.email)
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_alone(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.exists()


def test_the_secret_of_an_authenticator_app_is_encrypted_at_rest(world: World) -> None:
    secret = generate_totp_secret()
    TOTP.activate(world.alice, secret)
    assert secret not in str(Authenticator.objects.get().data)


def test_pages_run_no_script_but_ours(client: Client) -> None:
    policy = client.get(LOGIN).headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'self'"


def test_only_the_admin_may_do_more(client: Client) -> None:
    assert "unsafe" not in client.get("/accounts/login/?next=/admin/").headers["Content-Security-Policy"]
    assert "unsafe-inline" in client.get("/admin/login/").headers["Content-Security-Policy"]


def test_each_answer_carries_the_id_of_its_log_lines(client: Client) -> None:
    first, second = client.get(LOGIN), client.get(LOGIN)
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_cookies_are_for_the_browser_only() -> None:
    assert django_settings.SESSION_COOKIE_HTTPONLY
    assert django_settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_a_forgotten_password_is_answered_through_the_outbox_on_our_own_address(client: Client, world: World) -> None:
    client.post("/accounts/password/reset/", {"email": "Alice@example.com"}, headers={"host": "localhost"})
    message = Message.objects.get()
    assert (message.address, message.purpose, message.lane) == ("alice@example.com", "transactional", "transactional")
    link = (message.context or {})["data"]["url"]
    assert link.startswith(django_settings.BASE_URL)
    form = client.get(link.removeprefix(django_settings.BASE_URL), follow=True)
    new = "another horse and battery"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    world.alice.refresh_from_db()
    assert world.alice.check_password(new)
    # And the change is told to its owner.
    assert Message.objects.count() == 2


def test_nobody_can_make_us_write_to_a_stranger(client: Client, world: World) -> None:
    known = client.post("/accounts/password/reset/", {"email": world.bob.email})
    unknown = client.post("/accounts/password/reset/", {"email": "stranger@example.com"})
    assert (known.status_code, known.headers.get("Location")) == (unknown.status_code, unknown.headers.get("Location"))
    assert [message.address for message in Message.objects.all()] == [world.bob.email]
