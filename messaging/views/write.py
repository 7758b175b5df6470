"""Writing a 1:1 email, from the page of a contact, a deal or an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from contacts.models import Account, Contact, User
from contacts.permissions import allow, user_of
from deals.models import Deal
from messaging import personal
from messaging.actions.compose import MailingInvalid
from messaging.actions.one_to_one import ValuesMissingError, send_one_to_one
from messaging.actions.transactional import Suppressed, refuse_suppressed
from messaging.forms.write import WriteForm
from messaging.tasks import nudge

# A deal or an account with more people than this is written to from their own pages.
MAX_RECIPIENTS = 200


@dataclass(frozen=True)
class _Record:
    """Where the email is written from, and to whom it may go."""

    url: str
    recipients: list[Contact]
    deal: Deal | None = None
    account: Account | None = None


@allow("messages.send_one_to_one")
def to_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """To this contact."""
    contact: Contact = get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=pk)
    return _write(request, _Record(contact.get_absolute_url(), [contact], account=contact.account))


@allow("messages.send_one_to_one")
def to_deal(request: HttpRequest, pk: int) -> HttpResponse:
    """To one of a deal's contacts, the primary one first."""
    deal: Deal = get_object_or_404(Deal.objects.visible_to(user_of(request)), pk=pk)
    people = Contact.objects.filter(deal_contacts__deal=deal).order_by("-deal_contacts__is_primary", "pk")
    return _write(request, _Record(deal.get_absolute_url(), list(people[:MAX_RECIPIENTS]), deal, deal.account))


@allow("messages.send_one_to_one")
def to_account(request: HttpRequest, pk: int) -> HttpResponse:
    """To one of an account's contacts."""
    account: Account = get_object_or_404(Account.objects.visible_to(user_of(request)), pk=pk)
    people = Contact.objects.filter(account=account).order_by("first_name", "last_name", "pk")
    return _write(request, _Record(account.get_absolute_url(), list(people[:MAX_RECIPIENTS]), account=account))


def _write(request: HttpRequest, record: _Record) -> HttpResponse:
    user = user_of(request)
    initial = {"contact": record.recipients[0].pk} if record.recipients else {}
    form = WriteForm(record.recipients, data=request.POST or None, initial=initial)
    missing: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            return _send(request, form, record, user)
        except ValuesMissingError as error:
            missing = error.names
        except Suppressed as error:
            form.add_error(None, str(error))
        except MailingInvalid as error:
            for problem in error.problems:
                form.add_error(None, str(problem))
    return _page(request, form, record, missing)


def _send(request: HttpRequest, form: WriteForm, record: _Record, user: User) -> HttpResponse:
    data = form.cleaned_data
    given = form.given_values()
    contact: Contact = data["contact"]
    message = send_one_to_one(
        user=user,
        contact=contact,
        subject=personal.fill_in(personal.translated(data["subject"]), given, html=False),
        html=personal.fill_in(personal.translated(personal.cleaned(data["html"])), given, html=True),
        deal=record.deal,
        account=record.account,
        track=data["track"],
        by=user,
    )
    nudge(message.lane)
    messages.success(request, _("Your email to %(name)s is on its way.") % {"name": contact.name})
    if request.htmx:  # type: ignore[attr-defined]  # django_htmx's
        return HttpResponseClientRedirect(record.url)
    return redirect(record.url)


def _page(request: HttpRequest, form: WriteForm, record: _Record, missing: list[str]) -> HttpResponse:
    user = user_of(request)
    if not record.recipients and request.method == "POST":
        raise Http404
    chosen = record.recipients[0] if len(record.recipients) == 1 else None
    labels = dict(personal.menu())
    context: dict[str, Any] = {
        "form": form,
        "record": record,
        "chosen": chosen,
        "sender": user,
        "tags": personal.menu(),
        "blank": _blank(chosen, user) if chosen else [],
        "missing": [(name, labels.get(name, name)) for name in missing],
        "refused": _refused(chosen) if chosen else "",
    }
    status = 422 if form.is_bound else 200
    return render(request, "messaging/write.html", context, status=status)


def _blank(contact: Contact, user: User) -> list[str]:
    """The tags that say nothing for this contact, so that the editor can show them red while typing."""
    text = " ".join(f"{{{{ {path} }}}}" for path, _label in personal.menu())
    return personal.empty_tags(text, personal.values_for(contact, user))


def _refused(contact: Contact) -> str:
    try:
        refuse_suppressed(contact.email, purpose="one_to_one")
    except Suppressed as error:
        return str(error)
    return ""
