"""The Django admin of automations."""

from __future__ import annotations

from django.contrib import admin

from automations.models import Automation, Enrollment, Revision, StepRun
from contacts.backoffice import LogAdmin


@admin.register(Automation)
class AutomationAdmin(LogAdmin):
    """Automations are edited in the builder, which checks them."""

    list_display = ("name", "status", "revision", "created_by", "updated_at")
    list_select_related = ("revision", "created_by")
    list_filter = ("status",)
    search_fields = ("name",)


@admin.register(Revision)
class RevisionAdmin(LogAdmin):
    """Published definitions; never changed."""

    list_display = ("automation", "number", "published_by", "published_at")
    list_select_related = ("automation", "published_by")
    search_fields = ("automation__name",)
    ordering = ("-id",)


@admin.register(Enrollment)
class EnrollmentAdmin(LogAdmin):
    """Runs."""

    list_display = ("automation", "contact", "state", "step_id", "wake_at", "attempts", "entered_at")
    list_select_related = ("automation", "contact")
    list_filter = ("state", "automation")
    search_fields = ("contact__search_text", "automation__name")
    ordering = ("-id",)


@admin.register(StepRun)
class StepRunAdmin(LogAdmin):
    """Steps taken."""

    list_display = ("enrollment_id", "kind", "outcome", "reason", "at")
    search_fields = ("=enrollment__id", "kind")
    ordering = ("-id",)
