"""Generated over all addresses: nobody unknown comes in, and nobody does what their role does not allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import get_converters

from contacts.permissions import ROLES, VIEW, role_may
from tests.fixtures.world import World, signed_in

pytestmark = pytest.mark.django_db
# They bring their own doors: tests/crm/test_admin.py, and allauth's tests.
FOREIGN = ("admin:", "account_", "mfa_", "socialaccount_")
SAMPLES: dict[str, Any] = {
    "int": 1,
    "str": "x",
    "slug": "x",
    "path": "x",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Address:
    """One named address of ours, with made-up arguments."""

    name: str
    path: str
    view: Any

    @property
    def is_public(self) -> bool:
        return getattr(self.view, "login_required", True) is False


def _named(patterns: list[Any], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _named(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern


def _arguments(pattern: URLPattern) -> dict[str, Any]:
    known = {type(converter): SAMPLES.get(key, "x") for key, converter in get_converters().items()}
    return {name: known.get(type(converter), "x") for name, converter in pattern.pattern.converters.items()}


def _addresses() -> list[Address]:
    return [
        Address(name, reverse(name, kwargs=_arguments(pattern) | pattern.default_args), pattern.callback)
        for name, pattern in _named(get_resolver().url_patterns)
        if pattern.name and not name.startswith(FOREIGN)
    ]


ADDRESSES = _addresses()
INSIDE = [address for address in ADDRESSES if not address.is_public]


def by_name(addresses: list[Address]) -> Any:
    return pytest.mark.parametrize("address", addresses, ids=lambda address: address.name)


def test_there_are_addresses_to_walk() -> None:
    assert len(INSIDE) > 60


@by_name(INSIDE)
def test_a_page_names_the_permission_it_needs(address: Address) -> None:
    assert getattr(address.view, "permission", None), f"{address.name} carries neither @allow nor @login_not_required"


@by_name([address for address in ADDRESSES if address.is_public])
def test_a_page_without_sign_in_stands_in_a_module_called_public(address: Address) -> None:
    assert address.view.__module__.rsplit(".", 1)[-1] in ("public", "webhooks"), address.view.__module__


@by_name(INSIDE)
def test_strangers_are_sent_to_sign_in(address: Address, client: Client) -> None:
    for answer in (client.get(address.path), client.post(address.path)):
        assert answer.status_code in (302, 401), address.path
        assert "/accounts/login/" in answer.headers.get("Location", "/accounts/login/")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "administrator"])
def test_a_role_is_refused_what_it_may_not(role: str, world: World) -> None:
    user = {"marketer": world.bob, "sales": world.sam, "read_only": world.charlie}[role]
    client = signed_in(user)
    for address in INSIDE:
        permission = address.view.permission
        if permission == "any" or role_may(role, permission):
            continue
        codes = {client.get(address.path).status_code, client.post(address.path).status_code}
        assert codes <= {403, 405}, (address.name, role, codes)
        assert 403 in codes, (address.name, role, codes)


def test_read_only_users_change_nothing(as_charlie: Client) -> None:
    for address in INSIDE:
        if address.view.permission in VIEW:
            assert as_charlie.post(address.path).status_code in (302, 400, 403, 404, 405), address.name
