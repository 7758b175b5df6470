"""A sending domain's page: its DKIM keys with their records, and what DNS says of it beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.models import User
from contacts.permissions import allow, user_of
from messaging.actions import dkim as actions
from messaging.dkim.keys import ALGORITHMS, record_name, record_value, zone_line
from messaging.forms.dkim import DkimKeyForm
from messaging.mail_policies import check_dmarc, check_spf
from messaging.models import DkimKey, Provider, SendingDomain
from messaging.providers import ProviderMisconfiguredError, kind_named
from messaging.senders import RECORD_PREFIX, parents_of
from messaging.senders import record_value as proof_value

TONES = {"waiting": "orange", "published": "azure", "active": "green", "retiring": "orange", "retired": "grey"}


@dataclass(frozen=True)
class KeyRow:
    """A key as the page shows it, with the record that DNS must have."""

    key: DkimKey
    label: str
    tone: str
    name: str
    # What many DNS hosts ask for in place of the whole name, since they add the domain themselves.
    host: str
    value: str
    zone_line: str

    @property
    def is_missing(self) -> bool:
        """Whether mail is signed, or was until now, and receivers did not find the key."""
        return self.key.state in DkimKey.NEEDED and self.key.record_found is False


@allow("settings.edit")
def domain(request: HttpRequest, pk: int) -> HttpResponse:
    """The domain with its keys."""
    return _page(request, get_object_or_404(SendingDomain, pk=pk), DkimKeyForm())


@allow("settings.edit")
def policies(request: HttpRequest, pk: int) -> HttpResponse:
    """What DNS says now of SPF and DMARC: a fragment, since it may take seconds."""
    found = get_object_or_404(SendingDomain, pk=pk)
    findings = [
        ("SPF", check_spf(found.domain, _smtp_hosts())),
        ("DMARC", check_dmarc(found.domain, strict_parent=_signed_by_parent(found))),
    ]
    return render(request, "messaging/domain_policies.html", {"domain": found, "findings": findings})


@require_POST
@allow("settings.edit")
def add_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a key; its record is shown on the page."""
    found = get_object_or_404(SendingDomain, pk=pk)
    form = DkimKeyForm(request.POST)
    if form.is_valid():
        try:
            actions.make_key(domain=found, by=user_of(request), **form.cleaned_data)
        except actions.KeyRefused as error:
            form.add_error("selector", str(error))
        else:
            messages.success(request, _("The key is made. Put its record into DNS, then check it here."))
            return redirect("messaging:domain", found.pk)
    return _page(request, found, form, status=422)


@require_POST
@allow("settings.edit")
def act_on_key(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Check, activate, rotate, stop, retire."""
    key = get_object_or_404(DkimKey.objects.select_related("domain"), pk=pk)
    try:
        _do(request, key, verb, user_of(request))
    except actions.KeyRefused as error:
        messages.error(request, str(error))
    return redirect("messaging:domain", key.domain_id)


def _do(request: HttpRequest, key: DkimKey, verb: str, by: User) -> None:
    if verb == "check":
        answer = actions.check_key(key=key, by=by)
        (messages.success if answer.found else messages.warning)(request, f"{key.selector}: {answer.words}")
    elif verb == "activate":
        answer = actions.activate_key(key=key, by=by)
        words = _("Mail is signed with it within seconds.") if answer.found else _("It was not activated.")
        (messages.success if answer.found else messages.warning)(request, f"{key.selector}: {answer.words} {words}")
    elif verb == "vouch":
        actions.activate_key_on_word(key=key, by=by)
        messages.success(request, _("Activated on your word."))
    elif verb == "rotate":
        made = actions.rotate_key(key=key, by=by)
        words = _("Put the record of %(selector)s into DNS, then activate it. Until then the old key signs.")
        messages.success(request, words % {"selector": made.selector})
    elif verb == "stop":
        actions.stop_key(key=key, by=by)
    elif verb == "retire":
        actions.retire_key(key=key, by=by)
    else:
        raise Http404


def _page(request: HttpRequest, found: SendingDomain, form: DkimKeyForm, *, status: int = 200) -> HttpResponse:
    keys = list(found.dkim_keys.select_related("domain", "created_by", "activated_by"))
    rows = [_row(key) for key in keys]
    active = {key.algorithm for key in keys if key.state == "active"}
    context = {
        "domain": found,
        "rows": [row for row in rows if row.key.state != "retired"],
        "retired": [row for row in rows if row.key.state == "retired"],
        "form": form,
        "proof_name": f"{RECORD_PREFIX}.{found.domain}",
        "proof": proof_value(found),
        "needs_rsa": active == {"ed25519"},
        "is_unused": bool(active) and not _signing_providers(),
        "signed_by": "" if active else _signed_by_parent(found),
        "signing": _signing_providers(),
    }
    return render(request, "messaging/domain.html", context, status=status)


def _row(key: DkimKey) -> KeyRow:
    name = record_name(key.selector, key.domain.domain)
    value = record_value(key.algorithm, key.public_key)
    label = ALGORITHMS[key.algorithm].label
    host = name.removesuffix(f".{key.domain.domain}")
    return KeyRow(key, label, TONES[key.state], name, host, value, zone_line(name, value))


def _signing_providers() -> list[Provider]:
    """The providers in use that are set to sign."""
    return [one for one in Provider.objects.filter(is_active=True) if _signs(one)]


def _signs(provider: Provider) -> bool:
    try:
        return kind_named(provider.kind).signs(provider.config)
    except ProviderMisconfiguredError:
        return False


def _smtp_hosts() -> Sequence[str]:
    return [str(one.config.get("host", "")) for one in Provider.objects.filter(is_active=True, kind="smtp")]


def _signed_by_parent(found: SendingDomain) -> str:
    """The nearest domain whose key signs this one's mail, where it is not its own."""
    parents = parents_of(found.domain)
    active = DkimKey.objects.filter(state="active", domain__domain__in=[found.domain, *parents])
    signers = set(active.values_list("domain__domain", flat=True))
    nearest = next((name for name in [found.domain, *parents] if name in signers), "")
    return "" if nearest == found.domain else nearest
