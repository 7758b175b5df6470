"""Custom fields: their definitions, and one contact's value of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from contacts import activity
from contacts.fieldkinds import Reading, Value, is_kind, kind_of
from contacts.models import Contact, CustomField, FieldValue, Organization, User

# Names that templates use for something else (`contact.fields.items` is a method of dict in Liquid's eyes).
RESERVED_KEYS = frozenset({"size", "first", "last", "items", "keys", "values"})
MOST_OPTIONS = 200


class InvalidField(ValueError):
    """A definition that cannot be; the message is for its user."""

    permanent = True


@transaction.atomic
def create_field(
    *, label: str, kind: str = "text", by: User | None, options: Iterable[str] = (), group: str = ""
) -> CustomField:
    """Define a field. Its key is made from the label and never changes. Raises InvalidField."""
    label = " ".join(label.split())[:120]
    if not label:
        raise InvalidField("A field needs a name.")
    if not is_kind(kind):
        raise InvalidField(f"There is no kind of field named {kind}.")
    if CustomField.objects.filter(label__iexact=label).exists():
        raise InvalidField(f"There is a field named “{label}” already.")
    last = CustomField.objects.aggregate(last=Max("position"))["last"]
    field = CustomField.objects.create(
        key=free_key(label),
        label=label,
        kind=kind,
        options=clean_options(options),
        group=group.strip()[:80],
        position=(last or 0) + 1,
    )
    activity.record("field.created", by=by, field_id=field.pk, label=field.label)
    return field


@transaction.atomic
def change_field(*, field: CustomField, by: User | None, **facts: Any) -> CustomField:
    """Set label, group, position or options. The kind stays: its values would lose their meaning."""
    if "options" in facts:
        facts["options"] = clean_options(facts["options"])
    if "label" in facts:
        taken = CustomField.objects.filter(label__iexact=facts["label"]).exclude(pk=field.pk)
        if not facts["label"].strip() or taken.exists():
            raise InvalidField(f"There is a field named “{facts['label']}” already.")
    changed = [name for name, value in facts.items() if getattr(field, name) != value]
    if changed:
        for name in changed:
            setattr(field, name, facts[name])
        field.save(update_fields=changed)
        activity.record("field.changed", by=by, field_id=field.pk, label=field.label)
    return field


@transaction.atomic
def add_options(*, field_id: int, options: Iterable[str]) -> None:
    """Give a field those of some options that it does not have, whatever their case; the others stay as they are."""
    field = CustomField.objects.select_for_update().filter(pk=field_id).first()
    if field is None:
        return
    known = {option.lower() for option in field.options}
    fresh = [option for option in options if option.lower() not in known]
    if fresh:
        field.options = [*field.options, *fresh]
        field.save(update_fields=["options"])


@transaction.atomic
def delete_field(*, field: CustomField, by: User | None) -> int:
    """Delete a field with all its values; returns of how many contacts."""
    touched = FieldValue.objects.filter(field=field).exclude(text="").count()
    activity.record("field.deleted", by=by, field_id=field.pk, label=field.label, contacts=touched)
    field.delete()
    return touched


@transaction.atomic
def set_field_value(
    *, contact: Contact, field: CustomField, value: str, by: User | None, hops: int = 0
) -> FieldValue | None:
    """Set a contact's value from its text; an empty one removes it. Raises BadValue (contacts.fieldkinds)."""
    parsed = kind_of(field.kind).parse(value.strip(), reading_of(field))
    held = FieldValue.objects.select_for_update().filter(contact=contact, field=field).first()
    old = held.text if held else ""
    if parsed.text == old:
        return held
    kept = _keep(contact, field, parsed, held)
    activity.record(
        "contact.updated",
        by=by,
        contact_id=contact.pk,
        hops=hops,
        field=f"fields.{field.key}",
        label=field.label,
        old=old[:500],
        new=parsed.text[:500],
    )
    return kept


def reading_of(field: CustomField, *, day_first: bool = True) -> Reading:
    """How texts for this field are read: its options, and the organisation's time zone."""
    return Reading(tuple(field.options), day_first, ZoneInfo(Organization.current().time_zone or "UTC"))


def clean_options(options: Iterable[str]) -> list[str]:
    """Options without blanks and doubles (whatever their case), in their order. Raises InvalidField."""
    kept: dict[str, str] = {}
    for option in options:
        if cleaned := " ".join(option.split()):
            kept.setdefault(cleaned.lower(), cleaned)
    if len(kept) > MOST_OPTIONS or any(len(option) > 200 for option in kept):
        raise InvalidField(f"At most {MOST_OPTIONS} options of at most 200 characters.")
    return list(kept.values())


def free_key(label: str, taken: Sequence[str] = ()) -> str:
    """A key for templates made of a label: letters, digits and underscores, unlike any other field's."""
    stem = re.sub(r"[^a-z0-9]+", "_", slugify(label).replace("-", "_")).strip("_")[:50] or "field"
    if stem[0].isdigit() or stem in RESERVED_KEYS:
        stem = f"field_{stem}"
    used = {*CustomField.objects.filter(key__startswith=stem).values_list("key", flat=True), *taken}
    number, key = 1, stem
    while key in used:
        number, key = number + 1, f"{stem}_{number + 1}"
    return key


def _keep(contact: Contact, field: CustomField, value: Value, held: FieldValue | None) -> FieldValue | None:
    if not value.text:
        if held:
            held.delete()
        return None
    typed = {"text": value.text, "number": value.number, "date": value.date, "at": value.at}
    return FieldValue.objects.update_or_create(contact=contact, field=field, defaults=typed)[0]
