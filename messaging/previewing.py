"""Content before it is sent: compiled and filled with samples, so that what is wrong shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from contacts import mergefields
from contacts.models import Contact, CustomField, MailingList, Organization
from messaging.actions.compose import mailing_source
from messaging.compilation import CompileError, compile_mailing, render_slots
from messaging.liquid import TemplateError, TemplateProblem
from messaging.mime import MessageFacts, render_html, render_subject, render_text
from messaging.models import Mailing
from messaging.rendering import contact_values
from messaging.showing import Shown


def preview(mailing: Mailing, values: Mapping[str, Any]) -> tuple[Shown | None, list[TemplateProblem]]:
    """A mailing as it would read with sample values (and `values` over them), or what is wrong with it."""
    try:
        compiled = compile_mailing(mailing_source(mailing))
        slots = render_slots(compiled, {**samples(), **values})
    except (CompileError, TemplateError) as error:
        return None, list(error.problems)
    facts = MessageFacts(message_id="preview@localhost", date=timezone.now(), to_address="ada@example.com")
    shown = Shown(
        render_subject(compiled, slots),
        render_html(compiled, slots, facts, tracked=False),
        render_text(compiled, slots, facts),
    )
    return shown, []


def samples() -> dict[str, Any]:
    """What previews are filled with."""
    custom = [mergefields.custom_field(field.key, field.label) for field in CustomField.objects.all()]
    return mergefields.sample_context(custom)


def values_for(contact: Contact, mailing_list: MailingList | None = None) -> dict[str, Any]:
    """What a mailing to this contact would be filled with: every merge field, also those it has no value for."""
    paths = mergefields.paths(CustomField.objects.values_list("key", flat=True))
    values = dict(contact_values({contact.pk}, paths)[contact.pk])
    organization = Organization.current()
    values["sender"] = {"company": organization.name, "address": ", ".join(organization.postal_address.splitlines())}
    if mailing_list:
        values["list"] = {"name": mailing_list.title, "description": mailing_list.description}
    return values
