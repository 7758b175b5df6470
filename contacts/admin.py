"""The Django admin of the ground floor. Day-to-day work has pages of its own; this is for looking things up."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from contacts.backoffice import LogAdmin, RecordAdmin
from contacts.models import (
    Account,
    Activity,
    Contact,
    ContactTag,
    CustomField,
    FieldValue,
    ImportIssue,
    Job,
    MailingList,
    Organization,
    Subscription,
    Tag,
    User,
)

# Roles say who may do what (contacts.permissions); Django's groups would be a second answer.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, RecordAdmin):  # type: ignore[misc,type-arg]
    """Staff users."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "job_title", "phone", "time_zone")}),
        ("Access", {"fields": ("role", "is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "role", "password1", "password2")}),)
    filter_horizontal = ()


@admin.register(Organization)
class OrganizationAdmin(RecordAdmin):
    """The one row."""

    list_display = ("name", "default_from_email", "updated_at")


@admin.register(Contact)
class ContactAdmin(RecordAdmin):
    """People."""

    list_display = ("email", "first_name", "last_name", "account", "owner", "score", "created_at")
    list_select_related = ("account", "owner")
    search_fields = ("search_text",)
    search_help_text = "Part of an address, a name or a phone number"
    autocomplete_fields = ("account", "owner")
    readonly_fields = ("search_text", "created_at", "updated_at")
    ordering = ("-id",)


@admin.register(Account)
class AccountAdmin(RecordAdmin):
    """Companies."""

    list_display = ("name", "domain", "city", "country", "owner", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name",)
    autocomplete_fields = ("owner",)
    ordering = ("-id",)


@admin.register(MailingList)
class MailingListAdmin(RecordAdmin):
    """Lists."""

    list_display = ("name", "public_name", "is_public", "double_opt_in", "created_at")
    search_fields = ("name", "public_name")


@admin.register(Subscription)
class SubscriptionAdmin(LogAdmin):
    """Who is on which list: changed by actions only, since each change is told to the log."""

    list_display = ("contact", "list", "status", "source", "subscribed_at", "unsubscribed_at")
    list_select_related = ("contact", "list")
    list_filter = ("status", "list")
    search_fields = ("contact__search_text",)
    ordering = ("-id",)


@admin.register(Tag)
class TagAdmin(RecordAdmin):
    """Tags."""

    list_display = ("name", "created_at")
    search_fields = ("name",)


@admin.register(ContactTag)
class ContactTagAdmin(LogAdmin):
    """Which contact has which tag."""

    list_display = ("contact", "tag", "created_at")
    list_select_related = ("contact", "tag")
    search_fields = ("contact__search_text", "tag__name")
    ordering = ("-id",)


@admin.register(CustomField)
class CustomFieldAdmin(RecordAdmin):
    """Definitions of custom fields."""

    list_display = ("label", "key", "kind", "group", "position")
    list_filter = ("kind",)
    search_fields = ("label", "key")


@admin.register(FieldValue)
class FieldValueAdmin(LogAdmin):
    """Values of custom fields."""

    list_display = ("contact", "field", "text")
    list_select_related = ("contact", "field")
    search_fields = ("contact__search_text",)
    list_filter = ("field",)
    ordering = ("-id",)


@admin.register(Activity)
class ActivityAdmin(LogAdmin):
    """The log."""

    list_display = ("kind", "contact", "by", "occurred_at", "due_at", "attempts")
    list_select_related = ("contact", "by")
    search_fields = ("=kind", "contact__search_text")
    ordering = ("-id",)


@admin.register(Job)
class JobAdmin(LogAdmin):
    """Long work."""

    list_display = ("title", "kind", "state", "done", "total", "created_by", "created_at")
    list_select_related = ("created_by",)
    list_filter = ("state",)
    search_fields = ("title", "=kind")
    ordering = ("-id",)


@admin.register(ImportIssue)
class ImportIssueAdmin(LogAdmin):
    """Rows of imports that were refused or changed."""

    list_display = ("job", "line", "level", "code", "detail")
    list_select_related = ("job",)
    list_filter = ("level",)
    search_fields = ("=code", "raw")
    ordering = ("-id",)
