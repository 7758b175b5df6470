"""The Emails tab of a contact, an account and a deal, and the figure of how many were opened."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from contacts.models import Account, Contact
from contacts.permissions import allow, user_of
from deals.models import Deal
from messaging.models import Message
from messaging.paging import page_of
from messaging.timeline import tone_of

PAGE = 25


@require_safe
@allow("messages.view")
def of_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's mail, newest first."""
    get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=pk)
    return _tab(request, Q(contact_id=pk), write="messaging:write_to_contact", pk=pk, with_contact=False)


@require_safe
@allow("messages.view")
def of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail that was written from an account, and mail to its people."""
    get_object_or_404(Account.objects.visible_to(user_of(request)), pk=pk)
    people = Contact.objects.filter(account_id=pk).values("pk")
    which = Q(account_id=pk) | Q(contact_id__in=people)
    return _tab(request, which, write="messaging:write_to_account", pk=pk, with_contact=True)


@require_safe
@allow("messages.view")
def of_deal(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail that was written from a deal, and mail to its contacts."""
    get_object_or_404(Deal.objects.visible_to(user_of(request)), pk=pk)
    people = Contact.objects.filter(deal_contacts__deal_id=pk).values("pk")
    which = Q(deal_id=pk) | Q(contact_id__in=people)
    return _tab(request, which, write="messaging:write_to_deal", pk=pk, with_contact=True)


@require_safe
@allow("messages.view")
def opened_figure(request: HttpRequest, pk: int) -> HttpResponse:
    """The key figure of a contact: how many of the emails that went out were opened."""
    get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=pk)
    mail = Message.objects.visible_to(user_of(request)).filter(contact_id=pk, state__in=Message.GONE_OUT)
    counts = mail.aggregate(sent=Count("pk"), opened=Count("opened_at"))
    return render(request, "messaging/opened_figure.html", {**counts, "pk": pk})


def _tab(request: HttpRequest, which: Q, *, write: str, pk: int, with_contact: bool) -> HttpResponse:
    found: QuerySet[Message] = Message.objects.visible_to(user_of(request)).filter(which)
    found = found.select_related("mailing", "user", "contact").defer("slots", "mailing__html", "mailing__compiled")
    page = page_of(request, found, PAGE)
    context = {
        "rows": [{"message": message, "tone": tone_of(message)} for message in page.rows],
        "next_url": f"{request.path}{page.next_url}" if page.next_url else "",
        "is_first": "before" not in request.GET,
        "write": write,
        "pk": pk,
        "with_contact": with_contact,
    }
    return render(request, "messaging/emails.html", context)
