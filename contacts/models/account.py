"""Companies that contacts work for."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.querysets import AccountQuerySet


class Account(models.Model):
    """A customer organisation (never a login: that is `User`)."""

    name = models.CharField(_("name"), max_length=255)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    website = models.URLField(_("website"), blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=120, blank=True)
    owner = models.ForeignKey(
        "contacts.User", models.SET_NULL, null=True, blank=True, related_name="accounts", verbose_name=_("owner")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="account_name_unique_any_case")]
        indexes = [
            # Read by the accounts overview's search and the global search; upper case as `icontains` compares.
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="account_name_upper_trgm"),
            GinIndex(OpClass(Upper("domain"), "gin_trgm_ops"), name="account_domain_upper_trgm"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The account's record page."""
        return reverse("contacts:account", args=[self.pk])
