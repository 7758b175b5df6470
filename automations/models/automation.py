"""Automations and their immutable revisions."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from automations.querysets import AutomationQuerySet


class Automation(models.Model):
    """Triggers that start a contact's run, and steps that do things."""

    class Status(models.TextChoices):
        """Pausing stops steps while clocks run on."""

        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    # The definition being edited, in the schema of `automations.definition`; publishing copies it
    # into a revision.
    draft = models.JSONField(default=dict)
    revision = models.ForeignKey(
        "automations.Revision", models.SET_NULL, null=True, blank=True, related_name="current_of"
    )
    created_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="automations")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AutomationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The automation's page."""
        return reverse("automations:automation", args=[self.pk])


class Revision(models.Model):
    """A published definition; never changed. Steps keep their ids from one revision to the next."""

    automation = models.ForeignKey(Automation, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    published_by = models.ForeignKey("contacts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["automation", "-number"]
        constraints = [models.UniqueConstraint(fields=["automation", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.automation_id} r{self.number}"
