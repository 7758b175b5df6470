"""Who is in the team, and what they may do. Every act is written to the log: it is the audit of access."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Lower

from contacts import activity
from contacts.models import Organization, Role, User


class UserRefused(ValueError):
    """What was asked would lock everybody out, or the address is taken; the message says which."""

    permanent = True


def _other_administrators(user: User) -> bool:
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    # Locked, so that two administrators who demote each other at once leave one of them.
    return any(pk != user.pk for pk in administrators.select_for_update().values_list("pk", flat=True))


@transaction.atomic
def add_user(*, email: str, role: str, by: User | None, first_name: str = "", last_name: str = "") -> User:
    """Add somebody who cannot sign in before they have chosen a password. Raises UserRefused for a taken address."""
    if User.objects.annotate(lower=Lower("email")).filter(lower=email.lower()).exists():
        raise UserRefused(f"There is a user with the address {email} already.")
    user = User.objects.create_user(email, first_name=first_name, last_name=last_name, **access_of(role))
    activity.record("user.added", by=by, user_id=user.pk, name=user.name, role=role)
    return user


def access_of(role: str) -> dict[str, Any]:
    """The columns that follow from a role: only administrators reach the Django admin."""
    is_administrator = role == Role.ADMINISTRATOR
    return {"role": role, "is_staff": is_administrator, "is_superuser": is_administrator}


@transaction.atomic
def change_role(*, user: User, role: str, by: User | None) -> User:
    """Give a user another role. Raises UserRefused for the last administrator."""
    if user.role == role:
        return user
    if user.is_administrator and not _other_administrators(user):
        raise UserRefused("This is the only administrator. Make somebody else one first.")
    for column, value in access_of(role).items():
        setattr(user, column, value)
    user.save(update_fields=["role", "is_staff", "is_superuser"])
    activity.record("user.role_changed", by=by, user_id=user.pk, name=user.name, role=role)
    return user


@transaction.atomic
def set_active(*, user: User, is_active: bool, by: User | None) -> User:
    """Let a user sign in, or no more; a session of theirs ends with its next request. Raises UserRefused."""
    if user.is_active == is_active:
        return user
    if not is_active and user.is_administrator and not _other_administrators(user):
        raise UserRefused("This is the only administrator. Make somebody else one first.")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    activity.record("user.activated" if is_active else "user.deactivated", by=by, user_id=user.pk, name=user.name)
    return user


PROFILE = ("first_name", "last_name", "job_title", "phone", "time_zone")


@transaction.atomic
def change_profile(*, user: User, values: dict[str, str], by: User | None) -> User:
    """Change what a user says about themselves (`PROFILE`)."""
    for name in PROFILE:
        setattr(user, name, values.get(name, getattr(user, name)))
    user.save(update_fields=PROFILE)
    return user


@transaction.atomic
def change_organization(*, organization: Organization, by: User | None) -> Organization:
    """Keep the organisation's settings as they stand in memory."""
    organization.save()
    activity.record("organization.changed", by=by, name=organization.name)
    return organization
