"""Transactional templates: made when first needed, edited by making a new mailing, put back to the original."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from contacts import activity
from contacts.models import CustomField, Organization, User
from messaging import personalisation
from messaging.actions.compose import MailingInvalid, mailing_source
from messaging.builtins import BuiltinTemplate, builtin
from messaging.compilation import check_mailing
from messaging.models import Mailing, Origin, Purpose, TransactionalTemplate


class TemplateUnknownError(Exception):
    """There is no transactional template of this name."""

    permanent = True


@transaction.atomic
def template_ready(*, key: str) -> TransactionalTemplate:
    """The template as it is to be sent now; a mail of the product's own is made when it is first needed.

    Its mailing is made anew when the organisation's sender or the product's own words have changed, since
    a frozen mailing never changes. Raises TemplateUnknownError.
    """
    original = builtin(key)
    template = TransactionalTemplate.objects.select_for_update().filter(key=key).first()
    if template is None and original is None:
        raise TemplateUnknownError(f"There is no transactional template called {key!r}.")
    if template is None:
        return _made(original)  # type: ignore[arg-type]  # the line above
    held = template.mailing
    # A mailing that nobody made is the product's own, as some version of it said.
    wanted = mailing_of(original) if original and held.created_by_id is None else _copy(held)
    if _differs(held, wanted):
        _repoint(template, wanted)
    return template


@transaction.atomic
def change_template(*, key: str, subject: str, preheader: str, html: str, text: str, by: User) -> TransactionalTemplate:
    """Give a template other words. Raises MailingInvalid with what is wrong in them; nothing is changed then."""
    template = template_ready(key=key)
    keys = set(CustomField.objects.values_list("key", flat=True))
    mailing = _copy(template.mailing)
    mailing.created_by = by
    mailing.subject, mailing.preheader, mailing.html, mailing.text = (
        personalisation.translate_tags(words, custom=keys) for words in (subject, preheader, html, text)
    )
    if problems := check_mailing(mailing_source(mailing)):
        raise MailingInvalid(problems)
    _repoint(template, mailing)
    activity.record("template.changed", by=by, template_id=template.pk, name=template.name)
    return template


@transaction.atomic
def restore_template(*, key: str, by: User) -> TransactionalTemplate:
    """Put a mail of the product's own back to its original words. Others are left alone."""
    template = template_ready(key=key)
    original = builtin(key)
    if original is not None and template.mailing.created_by_id is not None:
        _repoint(template, mailing_of(original))
        activity.record("template.changed", by=by, template_id=template.pk, name=template.name)
    return template


def sender_now() -> tuple[str, str]:
    """Name and address that transactional mail is sent from: the organisation's, or one at our own host."""
    organization = Organization.current()
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    name = organization.default_from_name or organization.name or "Relay"
    return name, organization.default_from_email or f"relay@{host}"


def _made(original: BuiltinTemplate) -> TransactionalTemplate:
    mailing = mailing_of(original)
    mailing.save()
    # Two that need it at once: the second finds the first's row.
    facts = {"name": str(original.name), "description": str(original.description)}
    template, _ = TransactionalTemplate.objects.get_or_create(
        key=original.key, defaults={**facts, "mailing": mailing, "is_builtin": True}
    )
    return template


def mailing_of(original: BuiltinTemplate) -> Mailing:
    """An unsaved mailing with the original words of one of the product's own mails, from the sender of today."""
    name, address = sender_now()
    return Mailing(
        purpose=Purpose.TRANSACTIONAL,
        origin=Origin.API,
        name=str(original.name)[:200],
        subject=original.subject,
        html=original.html,
        from_name=name,
        from_email=address,
        track_opens=False,
        track_clicks=False,
        auto_submitted=True,
        extra_fields=["data.*"],
    )


def _copy(held: Mailing) -> Mailing:
    name, address = sender_now()
    fields = ["purpose", "origin", "name", "subject", "preheader", "html", "text", "reply_to"]
    fields += ["track_opens", "track_clicks", "auto_submitted", "extra_fields", "created_by_id"]
    return Mailing(**{field: getattr(held, field) for field in fields}, from_name=name, from_email=address)


def _differs(held: Mailing, wanted: Mailing) -> bool:
    fields = ("subject", "preheader", "html", "text", "from_name", "from_email")
    return any(getattr(held, field) != getattr(wanted, field) for field in fields)


def _repoint(template: TransactionalTemplate, mailing: Mailing) -> None:
    mailing.save()
    template.mailing = mailing
    template.save(update_fields=["mailing"])
