"""The organisation that runs this installation: one row."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Organization(models.Model):
    """Who sends: name, postal address (required in every campaign's footer), default sender."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    website = models.URLField(_("website"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    default_from_name = models.CharField(_("default From name"), max_length=200, blank=True)
    default_from_email = models.EmailField(_("default From address"), blank=True)
    default_currency = models.CharField(_("default currency"), max_length=3, default="EUR")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="organization_is_one_row")]

    def __str__(self) -> str:
        return self.name or "Organization"

    @classmethod
    def current(cls) -> Organization:
        """The one row, made when missing."""
        return cls.objects.get_or_create(pk=1)[0]
