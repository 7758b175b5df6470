"""Tags on contacts, and the tags themselves. A tag is the same whatever its case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models.functions import Lower

from contacts import activity
from contacts.models import Contact, ContactTag, Tag, User

LONGEST_NAME = 100  # as the column


class InvalidTag(ValueError):
    """A tag's name that is empty, too long or holds control characters."""

    permanent = True


class TagTaken(ValueError):
    """Another tag has this name already; merge them instead."""

    permanent = True


def clean_name(name: str) -> str:
    """A tag's name without outer and doubled blanks. Raises InvalidTag."""
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise InvalidTag(name)
    return cleaned


@transaction.atomic
def tags_named(names: Iterable[str]) -> dict[str, Tag]:
    """The tags of these names, made where missing, by their lower-case name. Raises InvalidTag."""
    wanted = {cleaned.lower(): cleaned for cleaned in map(clean_name, names)}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_tag (name, created_at) SELECT unnest(%s::text[]), now()"
            " ON CONFLICT (lower(name)) DO NOTHING",
            [sorted(wanted.values())],
        )
    found = Tag.objects.annotate(lower=Lower("name")).filter(lower__in=wanted)
    return {tag.name.lower(): tag for tag in found}


@transaction.atomic
def add_tag(*, contact: Contact, name: str, by: User | None, hops: int = 0) -> Tag:
    """Put a tag on a contact, making the tag when it is new. Raises InvalidTag."""
    tag = next(iter(tags_named([name]).values()))
    _put(tag, [contact.pk], by=by, hops=hops)
    return tag


@transaction.atomic
def remove_tag(*, contact: Contact, name: str, by: User | None, hops: int = 0) -> bool:
    """Take a tag off a contact; whether it was there."""
    return bool(untag_many(contact_ids=[contact.pk], names=[name], by=by, hops=hops))


@transaction.atomic
def tag_many(*, contact_ids: Sequence[int], names: Iterable[str], by: User | None, hops: int = 0) -> int:
    """Put tags on contacts; returns how many were put where they were not yet. Raises InvalidTag."""
    tags = sorted(tags_named(names).values(), key=lambda tag: tag.pk)
    return sum(_put(tag, contact_ids, by=by, hops=hops) for tag in tags)


@transaction.atomic
def untag_many(*, contact_ids: Sequence[int], names: Iterable[str], by: User | None, hops: int = 0) -> int:
    """Take tags off contacts; returns how many were there."""
    lowered = [" ".join(name.split()).lower() for name in names]
    taken = 0
    for tag in Tag.objects.annotate(lower=Lower("name")).filter(lower__in=lowered).order_by("pk"):
        held = ContactTag.objects.select_for_update().filter(tag=tag, contact_id__in=list(contact_ids))
        rows = list(held.order_by("pk").values_list("pk", "contact_id"))
        ContactTag.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
        data = {"tag_id": tag.pk, "tag": tag.name}
        activity.record_same("tag.removed", [contact_id for _, contact_id in rows], by=by, data=data, hops=hops)
        taken += len(rows)
    return taken


@transaction.atomic
def rename_tag(*, tag: Tag, name: str, by: User | None) -> Tag:
    """Give a tag another name. Raises InvalidTag, TagTaken."""
    cleaned, old = clean_name(name), tag.name
    if cleaned == old:
        return tag
    if Tag.objects.filter(name__iexact=cleaned).exclude(pk=tag.pk).exists():
        raise TagTaken(cleaned)
    tag.name = cleaned
    tag.save(update_fields=["name"])
    activity.record("tag.renamed", by=by, tag_id=tag.pk, tag=tag.name, old=old)
    return tag


@transaction.atomic
def merge_tags(*, tag: Tag, into: Tag, by: User | None) -> int:
    """Put `into` wherever `tag` is and delete `tag`; returns how many contacts had it.

    Nobody's history gains a `tag.added`: the words changed, not the people, so no automation starts.
    """
    if tag.pk == into.pk:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_contacttag (contact_id, tag_id, created_at)"
            " SELECT contact_id, %s, created_at FROM contacts_contacttag WHERE tag_id = %s ORDER BY contact_id"
            " ON CONFLICT (contact_id, tag_id) DO NOTHING",
            [into.pk, tag.pk],
        )
    touched = ContactTag.objects.filter(tag=tag).count()
    activity.record("tag.merged", by=by, tag_id=into.pk, tag=into.name, old=tag.name, contacts=touched)
    tag.delete()
    return touched


@transaction.atomic
def delete_tag(*, tag: Tag, by: User | None) -> int:
    """Delete a tag; returns how many contacts had it."""
    touched = ContactTag.objects.filter(tag=tag).count()
    activity.record("tag.deleted", by=by, tag_id=tag.pk, tag=tag.name, contacts=touched)
    tag.delete()
    return touched


def _put(tag: Tag, contact_ids: Sequence[int], *, by: User | None, hops: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_contacttag (contact_id, tag_id, created_at)"
            " SELECT id, %s, now() FROM contacts_contact WHERE id = ANY(%s) ORDER BY id"
            " ON CONFLICT (contact_id, tag_id) DO NOTHING RETURNING contact_id",
            [tag.pk, list(contact_ids)],
        )
        touched = [row[0] for row in cursor.fetchall()]
    activity.record_same("tag.added", touched, by=by, data={"tag_id": tag.pk, "tag": tag.name}, hops=hops)
    return len(touched)
