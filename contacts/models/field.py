"""Custom fields: definitions, and one typed value per contact and field."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomField(models.Model):
    """The definition of a custom field. Kinds live in `contacts.fieldkinds`."""

    # `key` is what templates say (`contact.fields.plan`); it stays when the label is renamed.
    key = models.SlugField(_("key"), max_length=60, unique=True)
    label = models.CharField(_("label"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, default="text")
    options = models.JSONField(_("options"), default=list, blank=True)
    group = models.CharField(_("group"), max_length=80, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["group", "position", "id"]

    def __str__(self) -> str:
        return self.label


class FieldValue(models.Model):
    """One contact's value of one field, in the column of its type.

    `text` always holds the value as people read it (and as mail shows it); the typed columns are
    filled beside it for kinds that are compared by range. An EAV table with typed, indexed columns
    answers range questions 100 times quicker than a cast inside JSON (docs/performance.md).
    """

    # No index of its own: `field_value_once` begins with it.
    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="field_values", db_index=False)
    field = models.ForeignKey(CustomField, models.CASCADE, related_name="values")
    text = models.TextField(blank=True)
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    date = models.DateField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "field"], name="field_value_once")]
        indexes = [
            # Read by range conditions of segments and the overview's filters.
            models.Index(
                fields=["field", "number"], name="field_value_number", condition=models.Q(number__isnull=False)
            ),
            models.Index(fields=["field", "date"], name="field_value_date", condition=models.Q(date__isnull=False)),
            models.Index(fields=["field", "at"], name="field_value_at", condition=models.Q(at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.text
