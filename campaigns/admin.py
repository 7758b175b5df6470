"""The Django admin of campaigns."""

from __future__ import annotations

from django.contrib import admin

from campaigns.models import Campaign
from contacts.backoffice import LogAdmin


@admin.register(Campaign)
class CampaignAdmin(LogAdmin):
    """Campaigns: their status is changed by actions only."""

    list_display = ("name", "status", "scheduled_at", "started_at", "finished_at", "created_by")
    list_select_related = ("created_by",)
    list_filter = ("status",)
    search_fields = ("name",)
    ordering = ("-id",)
