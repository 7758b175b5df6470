"""The columns of the contacts overview. Custom fields join in by their key; no column costs a query per row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Prefetch
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from contacts.fieldkinds import kind_of
from contacts.models import Contact, CustomField, FieldValue, Subscription, Tag
from contacts.paging import Order
from contacts.standing import best_of, standing

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from contacts.querysets import ContactQuerySet


@dataclass(frozen=True)
class Column:
    """One column. `field` is the id of a custom field's definition."""

    key: str
    label: str | StrPromise
    is_number: bool = False
    field: int | None = None


COLUMNS = (
    Column("status", _("Status")),
    Column("account", _("Account")),
    Column("job_title", _("Job title")),
    Column("phone", _("Phone")),
    Column("city", _("City")),
    Column("country", _("Country")),
    Column("tags", _("Tags")),
    Column("owner", _("Owner")),
    Column("score", _("Score"), is_number=True),
    Column("source", _("Source")),
    Column("last_seen_at", _("Last seen")),
    Column("created_at", _("Added")),
)
USUAL = ("status", "account", "tags", "owner", "score", "created_at")
MOST_COLUMNS = 12

ORDERS = (
    Order("newest", _("Newest first"), falling=True),
    Order("oldest", _("Oldest first")),
    Order("email", _("Email"), Lower("email")),
    Order("last_name", _("Last name"), Lower("last_name")),
    Order("score", _("Highest score"), F("score"), falling=True, read=int),
)

# What pressing a column's head sorts by ("name" is the first column).
HEADS = {"name": "last_name", "score": "score", "created_at": "newest"}


def available(fields: Iterable[CustomField]) -> list[Column]:
    """Every column there is, those of custom fields last."""
    custom = (
        Column(f"fields.{field.key}", field.label, field.kind in ("number", "currency"), field.pk)
        for field in fields
        if kind_of(field.kind).visible
    )
    return [*COLUMNS, *custom]


def chosen(wanted: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    """The columns a user wants, in the order in which they are offered; the usual ones when none are left."""
    picked = [column for column in columns if column.key in wanted][:MOST_COLUMNS]
    return picked or [column for column in columns if column.key in USUAL]


def with_columns(contacts: ContactQuerySet, columns: Sequence[Column]) -> ContactQuerySet:
    """Fetch what the columns show: one join or one more query for each kind of thing, whatever the rows."""
    keys = {column.key for column in columns}
    if keys & {"account", "owner"}:
        contacts = contacts.select_related(*sorted(keys & {"account", "owner"}))
    if "tags" in keys:
        contacts = contacts.prefetch_related(Prefetch("tags", Tag.objects.order_by("name")))
    if "status" in keys:
        contacts = contacts.prefetch_related(
            Prefetch("subscriptions", Subscription.objects.only("contact", "list", "status"))
        )
    if fields := [column.field for column in columns if column.field]:
        values = FieldValue.objects.filter(field__in=fields).only("contact", "field", "text")
        contacts = contacts.prefetch_related(Prefetch("field_values", values, to_attr="shown_values"))
    return contacts


@dataclass(frozen=True)
class Row:
    """One contact and the cells of its row, each with its column."""

    contact: Contact
    cells: list[tuple[Column, Any]]


def rows_of(contacts: Iterable[Contact], columns: Sequence[Column], of_list: int = 0) -> list[Row]:
    """The rows of a page. With a list, the status is the standing on that list."""
    return [Row(contact, [(column, _cell(contact, column, of_list)) for column in columns]) for contact in contacts]


def _cell(contact: Contact, column: Column, of_list: int) -> Any:
    """What a column shows of a contact."""
    if column.field:
        held = (value.text for value in contact.shown_values if value.field_id == column.field)  # type: ignore[attr-defined]
        return next(held, "")
    if column.key == "tags":
        return list(contact.tags.all())
    if column.key == "status":
        held_on = {held.list_id: held.status for held in contact.subscriptions.all()}
        return standing(held_on.get(of_list, "none")) if of_list else best_of(held_on.values())
    return getattr(contact, column.key)
