"""What fields offer while one types: names as the options of a <datalist>."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from contacts.models import Account, Contact, Tag
from contacts.permissions import allow, user_of

MOST_OFFERS = 12


def _typed(request: HttpRequest) -> str:
    """What was typed, whatever the field's name is."""
    return str(next(iter(request.GET.dict().values()), "")).strip()[:100]


def _options(request: HttpRequest, options: Iterable[tuple[str, str]]) -> HttpResponse:
    """Values with their second words."""
    return render(request, "contacts/record/options.html", {"options": options})


@require_safe
@allow("contacts.view")
def tag_names(request: HttpRequest) -> HttpResponse:
    """Names of tags with what was typed in them."""
    typed = _typed(request)
    found = Tag.objects.filter(name__icontains=typed).order_by("name")[:MOST_OFFERS] if typed else []
    return _options(request, ((tag.name, "") for tag in found))


@require_safe
@allow("contacts.view")
def account_names(request: HttpRequest) -> HttpResponse:
    """Names of accounts with what was typed in them."""
    typed = _typed(request)
    known = Account.objects.visible_to(user_of(request))
    found = known.search(typed).order_by("name")[:MOST_OFFERS] if typed else []
    return _options(request, ((account.name, account.domain) for account in found))


@require_safe
@allow("contacts.view")
def contact_emails(request: HttpRequest) -> HttpResponse:
    """Addresses of contacts whose name or address has what was typed in it."""
    typed = _typed(request)
    known = Contact.objects.visible_to(user_of(request))
    found = known.search(typed).order_by("-pk")[:MOST_OFFERS] if typed else []
    return _options(request, ((contact.email, contact.full_name) for contact in found))
