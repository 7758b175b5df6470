"""Who may do what. Roles are fixed sets of permissions; every view names the one it needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

if TYPE_CHECKING:
    from contacts.models import User

VIEW = frozenset({"contacts.view", "deals.view", "campaigns.view", "automations.view", "messages.view", "reports.view"})
SALES = VIEW | {"contacts.edit", "deals.edit", "messages.send_one_to_one"}
MARKETER = SALES | {
    "contacts.import",
    "contacts.bulk",
    "lists.edit",
    "campaigns.edit",
    "campaigns.send",
    "automations.edit",
    "messages.manage",
}
ADMINISTRATOR = MARKETER | {"settings.edit", "users.edit", "providers.edit", "captured.view", "operations.manage"}

# The one place that says what a role may do. The keys are `contacts.models.Role` values.
ROLES: dict[str, frozenset[str]] = {
    "administrator": ADMINISTRATOR,
    "marketer": MARKETER,
    "sales": SALES,
    "read_only": VIEW,
}

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def role_may(role: str, permission: str) -> bool:
    """Whether a role holds a permission. An unknown role holds none."""
    return permission in ROLES.get(role, frozenset())


def allow(permission: str) -> Callable[[View[P]], View[P]]:
    """Let a view be reached only by users whose role holds `permission`; others get 403.

    Anonymous users never come this far: LoginRequiredMiddleware sends them to sign in. The tests
    walk all URLs and fail for a view that neither carries this nor is public.
    """
    if permission not in ADMINISTRATOR and permission != "any":
        raise ValueError(f"unknown permission {permission!r}")

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated or not (permission == "any" or user.can(permission)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def user_of(request: HttpRequest) -> User:
    """The signed-in user of a request behind `allow`, typed. Raises PermissionDenied when anonymous."""
    from contacts.models import User

    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
