"""Sender addresses and sending domains."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.permissions import allow, user_of
from messaging.actions import senders as actions
from messaging.actions.transactional import Suppressed
from messaging.forms.senders import SenderAddressForm, SendingDomainForm
from messaging.models import DkimKey, SenderAddress, SendingDomain
from messaging.senders import RECORD_PREFIX, record_value
from messaging.tasks import nudge


@allow("settings.edit")
def overview(request: HttpRequest) -> HttpResponse:
    """Addresses and domains, with what each still needs."""
    return _page(request, SenderAddressForm(), SendingDomainForm())


@require_POST
@allow("settings.edit")
def add_address(request: HttpRequest) -> HttpResponse:
    """Add an address and mail it a link; for one that waits, mail it again."""
    form = SenderAddressForm(request.POST)
    if form.is_valid():
        try:
            address = actions.add_sender_address(email=form.cleaned_data["email"], by=user_of(request))
        except Suppressed as error:
            form.add_error("email", str(error))
        else:
            if address.verified_at is None:
                nudge("transactional")
                messages.success(request, _("A link is on its way to %(email)s.") % {"email": address.email})
            return redirect("messaging:senders")
    return _page(request, form, SendingDomainForm(), status=422)


@require_POST
@allow("settings.edit")
def add_domain(request: HttpRequest) -> HttpResponse:
    """Add a domain; its own page says what to do next."""
    form = SendingDomainForm(request.POST)
    if not form.is_valid():
        return _page(request, SenderAddressForm(), form, status=422)
    made = actions.add_sending_domain(domain=form.cleaned_data["domain"], by=user_of(request))
    return redirect("messaging:domain", made.pk)


@require_POST
@allow("settings.edit")
def check_domain(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for the domain's record now."""
    domain = get_object_or_404(SendingDomain, pk=pk)
    answer = actions.check_sending_domain(domain=domain, by=user_of(request))
    (messages.success if answer.found else messages.warning)(request, f"{domain.domain}: {answer.words}")
    return redirect("messaging:domain", domain.pk)


@require_POST
@allow("settings.edit")
def vouch(request: HttpRequest, pk: int) -> HttpResponse:
    """An administrator's word that the domain is ours."""
    actions.vouch_for_domain(domain=get_object_or_404(SendingDomain, pk=pk), by=user_of(request))
    return redirect("messaging:senders")


@require_POST
@allow("settings.edit")
def remove_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an address away."""
    actions.remove_sender_address(address=get_object_or_404(SenderAddress, pk=pk), by=user_of(request))
    return redirect("messaging:senders")


@require_POST
@allow("settings.edit")
def remove_domain(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a domain away."""
    actions.remove_sending_domain(domain=get_object_or_404(SendingDomain, pk=pk), by=user_of(request))
    return redirect("messaging:senders")


def _page(
    request: HttpRequest, address_form: SenderAddressForm, domain_form: SendingDomainForm, *, status: int = 200
) -> HttpResponse:
    keys = DkimKey.objects.filter(domain=OuterRef("pk")).exclude(state="retired")
    with_keys = SendingDomain.objects.annotate(has_keys=Exists(keys), signs=Exists(keys.filter(state="active")))
    domains = [
        {"domain": one, "value": record_value(one), "has_keys": one.has_keys, "signs": one.signs}
        for one in with_keys.select_related("verified_by")
    ]
    context = {
        "addresses": SenderAddress.objects.all(),
        "domains": domains,
        "record_prefix": RECORD_PREFIX,
        "address_form": address_form,
        "domain_form": domain_form,
    }
    return render(request, "messaging/senders.html", context, status=status)
