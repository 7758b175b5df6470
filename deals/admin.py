"""The Django admin of deals."""

from __future__ import annotations

from django.contrib import admin

from contacts.backoffice import RecordAdmin
from deals.models import Deal, DealContact, Pipeline, Stage


@admin.register(Pipeline)
class PipelineAdmin(RecordAdmin):
    """Pipelines."""

    list_display = ("name", "currency", "position")
    search_fields = ("name",)


@admin.register(Stage)
class StageAdmin(RecordAdmin):
    """Stages of pipelines."""

    list_display = ("name", "pipeline", "position", "probability")
    list_select_related = ("pipeline",)
    list_filter = ("pipeline",)
    search_fields = ("name", "pipeline__name")


@admin.register(Deal)
class DealAdmin(RecordAdmin):
    """Deals."""

    list_display = ("title", "value", "currency", "stage", "status", "owner", "account", "expected_close_on")
    list_select_related = ("stage", "owner", "account")
    list_filter = ("status", "pipeline")
    search_fields = ("title",)
    autocomplete_fields = ("pipeline", "stage", "owner", "account")
    ordering = ("-id",)


@admin.register(DealContact)
class DealContactAdmin(RecordAdmin):
    """Who has which part in a deal."""

    list_display = ("deal", "contact", "role", "is_primary")
    list_select_related = ("deal", "contact")
    search_fields = ("deal__title", "contact__search_text")
    autocomplete_fields = ("deal", "contact")
    ordering = ("-id",)
