"""The outbox: how the lanes stand, and every message by state, purpose and mailing."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from contacts.models import Contact
from contacts.permissions import allow, user_of
from messaging.lanes import lane_standings, totals
from messaging.models import Lane, Mailing, Message, Purpose
from messaging.paging import page_of
from messaging.timeline import tone_of


class OutboxFilter(forms.Form):
    """What the list shows. Every part is optional."""

    q = forms.CharField(required=False, max_length=254)
    state = forms.ChoiceField(required=False, choices=[("", _("Any state")), *Message.State.choices])
    purpose = forms.ChoiceField(required=False, choices=[("", _("Any purpose")), *Purpose.choices])
    lane = forms.ChoiceField(required=False, choices=[("", _("Any lane")), *Lane.choices])
    mailing = forms.ModelChoiceField(Mailing.objects.all(), required=False)


@require_safe
@allow("messages.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Lanes on top, messages below, newest first."""
    form = OutboxFilter(request.GET)
    found = _filtered(Message.objects.visible_to(user_of(request)), form)
    page = page_of(
        request, found.select_related("mailing", "contact").defer("mailing__html", "mailing__compiled", "slots")
    )
    context = {
        "form": form,
        "page": page,
        "rows": [{"message": message, "tone": tone_of(message)} for message in page.rows],
        "states": Message.State.choices,
        "purposes": Purpose.choices,
        "lanes": lane_standings(),
        "totals": totals(),
        "mailing": form.cleaned_data.get("mailing") if form.is_valid() else None,
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "messaging/outbox.html", context)


def _filtered(found: QuerySet[Message], form: OutboxFilter) -> QuerySet[Message]:
    if not form.is_valid():
        return found
    chosen = {name: form.cleaned_data[name] for name in ("state", "purpose", "lane", "mailing")}
    found = found.filter(**{name: value for name, value in chosen.items() if value})
    words = form.cleaned_data["q"].strip()
    if not words:
        return found
    # Mail to no contact is that to users and API callers' addresses: few, and found by their missing contact.
    people = Contact.objects.with_email(words).values("pk")
    return found.filter(Q(contact_id__in=people) | Q(contact_id=None, address__iexact=words))
