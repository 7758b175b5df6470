"""The Django admin of messaging. Secrets of providers are never shown here; content and mail are read-only."""

from __future__ import annotations

from django.contrib import admin

from contacts.backoffice import LogAdmin
from messaging.models import (
    Attempt,
    CapturedMail,
    Claim,
    DkimKey,
    Hit,
    Mailing,
    MailingLink,
    MailingStats,
    Message,
    Provider,
    ProviderCall,
    ProviderEvent,
    SenderAddress,
    SendingDomain,
    Suppression,
    TransactionalTemplate,
)


@admin.register(Mailing)
class MailingAdmin(LogAdmin):
    """What is said."""

    list_display = ("name", "subject", "purpose", "origin", "frozen_at", "held_at", "created_at")
    list_filter = ("purpose", "origin")
    search_fields = ("name", "subject")
    exclude = ("compiled",)
    ordering = ("-id",)


@admin.register(MailingLink)
class MailingLinkAdmin(LogAdmin):
    """Links of mailings."""

    list_display = ("mailing", "number", "url", "unique_clicks", "total_clicks")
    list_select_related = ("mailing",)
    search_fields = ("url", "mailing__name")
    ordering = ("-id",)


@admin.register(MailingStats)
class MailingStatsAdmin(LogAdmin):
    """Figures."""

    list_display = ("mailing", "recipients", "sent", "delivered", "opened", "clicked", "failed", "uncertain")
    list_select_related = ("mailing",)
    search_fields = ("mailing__name",)


@admin.register(TransactionalTemplate)
class TransactionalTemplateAdmin(LogAdmin):
    """Templates."""

    list_display = ("name", "key", "is_builtin")
    search_fields = ("name", "key")


@admin.register(Message)
class MessageAdmin(LogAdmin):
    """The outbox."""

    list_display = ("id", "address", "purpose", "origin", "lane", "state", "route", "queued_at", "sent_at")
    list_filter = ("state", "lane", "purpose")
    search_fields = ("=address", "=message_id", "=provider_message_id", "contact__search_text")
    ordering = ("-id",)


@admin.register(Attempt)
class AttemptAdmin(LogAdmin):
    """Tries to hand over."""

    list_display = ("message_id", "at", "provider", "outcome", "stage", "code", "enhanced")
    list_select_related = ("provider",)
    search_fields = ("=message__id",)
    ordering = ("-id",)


@admin.register(CapturedMail)
class CapturedMailAdmin(LogAdmin):
    """Mail that was kept instead of sent."""

    list_display = ("subject", "rcpt_to", "captured_at")
    search_fields = ("subject", "rcpt_to")
    exclude = ("raw",)
    ordering = ("-id",)


@admin.register(Provider)
class ProviderAdmin(LogAdmin):
    """Ways out: edited on their own page, which tests them and keeps secrets encrypted."""

    list_display = ("name", "kind", "is_active", "broadcast", "transactional", "paused_at", "last_error_at")
    search_fields = ("name", "kind")
    exclude = ("secrets",)


@admin.register(ProviderCall)
class ProviderCallAdmin(LogAdmin):
    """Calls that are under way, or whose answer was lost."""

    list_display = ("key", "provider", "path", "made_at", "tries", "not_before")
    list_select_related = ("provider",)
    search_fields = ("=key", "path")
    exclude = ("body",)
    ordering = ("-made_at",)


@admin.register(ProviderEvent)
class ProviderEventAdmin(LogAdmin):
    """What providers report."""

    list_display = ("provider", "kind", "event_id", "received_at", "applied_at")
    list_select_related = ("provider",)
    list_filter = ("kind",)
    search_fields = ("=event_id", "=provider_message_id", "=address")
    ordering = ("-id",)


@admin.register(SendingDomain)
class SendingDomainAdmin(LogAdmin):
    """Domains for From."""

    list_display = ("domain", "verified_at", "verified_how")
    search_fields = ("domain",)


@admin.register(DkimKey)
class DkimKeyAdmin(LogAdmin):
    """Keys that sign: made and put away on their domain's page. The private half is never shown."""

    list_display = ("selector", "domain", "algorithm", "state", "record_found", "checked_at")
    list_select_related = ("domain",)
    list_filter = ("state", "algorithm")
    search_fields = ("selector", "domain__domain")
    exclude = ("private_key",)
    ordering = ("-id",)


@admin.register(SenderAddress)
class SenderAddressAdmin(LogAdmin):
    """Addresses for From."""

    list_display = ("email", "verified_at")
    search_fields = ("email",)


@admin.register(Suppression)
class SuppressionAdmin(LogAdmin):
    """Addresses that get no mail: lifted on their own page, with a reason."""

    list_display = ("address", "kind", "created_at", "created_by")
    list_select_related = ("created_by",)
    list_filter = ("kind",)
    search_fields = ("address",)
    ordering = ("-id",)


@admin.register(Hit)
class HitAdmin(LogAdmin):
    """Opens and clicks."""

    list_display = ("message_id", "kind", "link_number", "at", "is_machine", "verdict")
    list_filter = ("kind", "is_machine")
    search_fields = ("=message__id",)
    ordering = ("-id",)


@admin.register(Claim)
class ClaimAdmin(LogAdmin):
    """Batches that workers hold."""

    list_display = ("id", "lane", "worker", "made_at", "leased_until")
    list_filter = ("lane",)
    search_fields = ("=id", "worker")
    ordering = ("-made_at",)
