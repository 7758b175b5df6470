"""The providers' pages: what mail leaves by, in which order, and whether it works."""

from __future__ import annotations

from typing import TypedDict

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.permissions import allow, user_of
from messaging.actions import providers as actions
from messaging.actions.templates import sender_now
from messaging.forms.provider import ProviderForm, TestForm
from messaging.models import Provider
from messaging.providers import ProviderKind, ProviderMisconfiguredError, all_kinds, kind_named
from messaging.providers.kind import TestMessage
from messaging.webhook_addresses import webhook_url


class _Row(TypedDict):
    provider: Provider
    kind: ProviderKind | None
    first_for: list[str]


@allow("providers.edit")
def overview(request: HttpRequest) -> HttpResponse:
    """All providers in their order."""
    providers = list(Provider.objects.all())
    rows: list[_Row] = [
        {"provider": one, "kind": _kind_or_none(one), "first_for": _first_for(one, providers)} for one in providers
    ]
    context = {"rows": rows, "missing": _missing_streams(providers), "insecure_links": _insecure_links(rows)}
    return render(request, "messaging/providers.html", context)


@allow("providers.edit")
def choose(request: HttpRequest) -> HttpResponse:
    """Which kind of provider to add."""
    return render(request, "messaging/provider_choose.html", {"kinds": all_kinds()})


@allow("providers.edit")
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a new provider."""
    chosen = _kind_or_404(kind)
    form = ProviderForm(chosen, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_provider(kind=kind, settings=form.settings(), by=user_of(request))
        except ProviderMisconfiguredError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Added. Test it, then take it into use."))
            return redirect("messaging:provider", made.pk)
    return render(request, "messaging/provider_form.html", {"form": form, "kind": chosen})


@allow("providers.edit")
def provider(request: HttpRequest, pk: int) -> HttpResponse:
    """One provider: its settings, its test, its state."""
    found = get_object_or_404(Provider, pk=pk)
    kind = _kind_or_404(found.kind)
    form = ProviderForm(kind, found, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_provider(provider=found, settings=form.settings(), by=user_of(request))
        except ProviderMisconfiguredError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("messaging:provider", found.pk)
    context = {
        "form": form,
        "kind": kind,
        "provider": found,
        "test_form": TestForm(initial={"to": user_of(request).email}),
        "webhook_url": webhook_url(found) if kind.has_webhook else "",
    }
    return render(request, "messaging/provider_form.html", context)


@require_POST
@allow("providers.edit")
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Press the button: connect, sign in, and send a test message where an address is given."""
    found = get_object_or_404(Provider, pk=pk)
    form = TestForm(request.POST)
    result = None
    if form.is_valid():
        result = actions.test_provider(provider=found, message=_test_message(form.cleaned_data["to"]))
    context = {"form": form, "provider": found, "result": result}
    return render(request, "messaging/provider_test.html", context, status=200 if form.is_valid() else 422)


test.__test__ = False  # type: ignore[attr-defined]  # not a test case, whatever pytest thinks


@require_POST
@allow("providers.edit")
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Pause, resume, take into use or out of it, move, remove."""
    found = get_object_or_404(Provider, pk=pk)
    by = user_of(request)
    if verb == "pause":
        actions.pause_provider(provider=found, by=by)
    elif verb == "resume":
        actions.resume_provider(provider=found, by=by)
    elif verb in ("on", "off"):
        actions.switch_provider(provider=found, on=verb == "on", by=by)
    elif verb == "first":
        actions.use_first(provider=found, by=by)
    elif verb in ("up", "down"):
        actions.move_provider(provider=found, step=-1 if verb == "up" else 1, by=by)
    elif verb == "remove":
        actions.remove_provider(provider=found, by=by)
        messages.success(request, _("Removed."))
    else:
        raise Http404
    return redirect(reverse("messaging:providers"))


def _test_message(to: str) -> TestMessage | None:
    if not to:
        return None
    return TestMessage(
        from_email=sender_now()[1],
        to_email=to,
        subject=_("Test message from Relay"),
        text=_("This message shows that mail leaves by this provider.\n"),
    )


def _kind_or_404(key: str) -> ProviderKind:
    kind = _kind_or_none_named(key)
    if kind is None:
        raise Http404
    return kind


def _kind_or_none(provider: Provider) -> ProviderKind | None:
    return _kind_or_none_named(provider.kind)


def _kind_or_none_named(key: str) -> ProviderKind | None:
    try:
        return kind_named(key)
    except ProviderMisconfiguredError:
        return None


def _first_for(provider: Provider, providers: list[Provider]) -> list[str]:
    """The streams whose mail leaves by this very provider."""
    streams = (("broadcast", _("broadcast")), ("transactional", _("transactional and 1:1")))
    return [words for stream, words in streams if _first(providers, stream) == provider]


def _first(providers: list[Provider], stream: str) -> Provider | None:
    return next((one for one in providers if one.is_active and getattr(one, stream)), None)


def _insecure_links(rows: list[_Row]) -> str:
    """The address that links in mail would carry, where mail leaves and recipients could not use it."""
    leaves = any(row["first_for"] and row["kind"] and row["kind"].leaves for row in rows)
    return "" if settings.BASE_URL.startswith("https://") or not leaves else settings.BASE_URL


def _missing_streams(providers: list[Provider]) -> list[str]:
    streams = (("broadcast", _("broadcast")), ("transactional", _("transactional and 1:1")))
    return [words for stream, words in streams if _first(providers, stream) is None]
