"""People, and the tags on them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat, Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.querysets import ContactQuerySet


class Tag(models.Model):
    """A free label on contacts; unique whatever its case."""

    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="tag_name_unique_any_case")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One person we know by one email address."""

    # RFC 5321 section 4.5.3.1.3: a path is at most 256 octets with its brackets.
    email = models.EmailField(_("email"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    account = models.ForeignKey(
        "contacts.Account", models.SET_NULL, null=True, blank=True, related_name="contacts", verbose_name=_("account")
    )
    owner = models.ForeignKey(
        "contacts.User", models.SET_NULL, null=True, blank=True, related_name="contacts", verbose_name=_("owner")
    )
    score = models.IntegerField(_("score"), default=0)
    source = models.CharField(_("source"), max_length=60, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    tags = models.ManyToManyField(Tag, through="contacts.ContactTag", related_name="contacts")
    search_text = models.GeneratedField(
        expression=Lower(
            Concat(F("email"), Value(" "), F("first_name"), Value(" "), F("last_name"), Value(" "), F("phone"))
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="contact_email_unique_any_case")]
        indexes = [
            # Read by the overview's search box and the global search.
            GinIndex(fields=["search_text"], name="contact_search_trgm", opclasses=["gin_trgm_ops"]),
            # Read by the overview when sorted by name or by score, forwards and backwards, page by page.
            models.Index(Lower("last_name"), "id", name="contact_by_last_name"),
            models.Index(fields=["score", "id"], name="contact_by_score"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_name(self) -> str:
        """First and last name, or an empty string."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def name(self) -> str:
        """Full name, or the email address where none is known."""
        return self.full_name or self.email

    def get_absolute_url(self) -> str:
        """The contact's record page."""
        return reverse("contacts:contact", args=[self.pk])


class ContactTag(models.Model):
    """A tag on a contact, with the time it was put there."""

    # No index of its own: `contact_tag_once` begins with it.
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="contact_tags", db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="contact_tags")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "tag"], name="contact_tag_once")]

    def __str__(self) -> str:
        return f"{self.contact_id}/{self.tag_id}"
