"""Staff users. They sign in by email address; a role says what they may do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from contacts.permissions import role_may


class Role(models.TextChoices):
    """What a user is in the team. `contacts.permissions` says what each may do."""

    ADMINISTRATOR = "administrator", _("Administrator")
    MARKETER = "marketer", _("Marketer")
    SALES = "sales", _("Sales")
    READ_ONLY = "read_only", _("Read-only")


class UserManager(BaseUserManager["User"]):
    """Creates users by email address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password they must be invited to set one."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an administrator who may also use the Django admin."""
        fields |= {"role": Role.ADMINISTRATOR, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a user by email address, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractUser):
    """Somebody of the team. Owns contacts, deals and mailboxes; never receives campaigns."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("email address"), unique=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.READ_ONLY)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    # Keys of the columns this user wants on the contacts overview; empty means the usual ones.
    contact_columns = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Full name, or the email address where none is given."""
        return self.get_full_name() or self.email

    def can(self, permission: str) -> bool:
        """Whether this user's role holds a permission of `contacts.permissions`."""
        return self.is_active and role_may(self.role, permission)

    @property
    def is_administrator(self) -> bool:
        """Whether this user may change settings, users and providers."""
        return self.role == Role.ADMINISTRATOR
