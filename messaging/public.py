"""Pages and links for recipients: no sign-in, no cookies, nothing revealed without a valid token.

A GET changes nothing but the record of the hit: mail scanners open and follow everything (RFC 8058
section 1). No form here carries a CSRF token: the signed token in the address is the authority.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts.models import MailingList, Organization, Subscription
from messaging import showing
from messaging.actions import preferences
from messaging.actions.senders import verify_sender_address
from messaging.hits import answer_click, answer_open
from messaging.models import Message, SenderAddress
from messaging.senders import read_sender_token
from messaging.subscribing import read_subscription_token
from messaging.tokens import read_purpose_token

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")

ONE_CLICK = "One-Click"


def public(
    *methods: str,
) -> Callable[[Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[..., HttpResponse]]:
    """A view for anybody, by these methods, never kept by a cache and never found by a search engine."""

    def decorate(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def opened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            response = view(request, *args, **kwargs)
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return login_not_required(csrf_exempt(never_cache(require_http_methods(methods)(opened))))

    return decorate


@public("GET", "HEAD")
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """The image at the end of a message."""
    return answer_open(request, token) or _unknown(request)


@public("GET", "HEAD")
def click(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """A link of a message: leads to the URL stored with its mailing, and nowhere else."""
    return answer_click(request, token, number) or _unknown(request)


@public("GET", "HEAD", "POST")
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the lists of a message, or everything. A one-click POST (RFC 8058) does it without a page."""
    message = _message(token)
    if message is None:
        return _unknown(request)
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == ONE_CLICK:
        preferences.unsubscribe_at_once(message=message)
        return HttpResponse("", content_type="text/plain")
    owed = preferences.lists_owed(message) if message.contact_id else []
    if request.method == "POST":
        return _unsubscribe(request, message, token, owed)
    return _page(request, "unsubscribe", message, token, owed=owed)


def _unsubscribe(request: HttpRequest, message: Message, token: str, owed: list[MailingList]) -> HttpResponse:
    if request.POST.get("scope") == "everything" or not owed:
        preferences.unsubscribe_from_everything(message=message)
        return _page(request, "unsubscribed", message, token, everything=True)
    chosen = [one for one in owed if str(one.pk) in request.POST.getlist("list")]
    if not chosen:
        return _page(request, "unsubscribe", message, token, owed=owed, nothing_chosen=True)
    preferences.unsubscribe_from_lists(message=message, mailing_lists=chosen)
    return _page(request, "unsubscribed", message, token, left=chosen)


@public("GET", "HEAD", "POST")
def preference_page(request: HttpRequest, token: str) -> HttpResponse:
    """Each public list, and each the person is on, with a tick to keep or take away."""
    message = _message(token)
    if message is None:
        return _unknown(request)
    offered = preferences.lists_offered(message)
    if request.method == "POST":
        if request.POST.get("scope") == "everything":
            preferences.unsubscribe_from_everything(message=message)
            return _page(request, "unsubscribed", message, token, everything=True)
        wanted = {one.pk for one in offered if str(one.pk) in request.POST.getlist("list")}
        preferences.choose_lists(message=message, wanted=wanted, offered=offered)
        return HttpResponseRedirect(f"{request.path}?saved=1")
    on = set(Subscription.objects.active().filter(contact_id=message.contact_id).values_list("list_id", flat=True))
    return _page(request, "preferences", message, token, offered=offered, on=on, saved="saved" in request.GET)


@public("GET", "HEAD")
def view_in_browser(request: HttpRequest, token: str) -> HttpResponse:
    """A message as a page. Nothing in it may run, and it is counted as no open."""
    message = _message(token)
    if message is None:
        return _unknown(request)
    return showing.as_document(showing.shown(message).html)


@public("GET", "HEAD", "POST")
def confirm_subscription(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of a confirmation mail: the button confirms, the link alone does not."""
    subscription = read_subscription_token(token)
    if subscription is None:
        return _unknown(request)
    if request.method == "POST":
        subscription = preferences.confirm_subscription(subscription=subscription)
    state = {"subscription": subscription, "organization": Organization.current()}
    return render(request, "messaging/public/confirm.html", state)


@public("GET", "HEAD", "POST")
def verify_sender(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link mailed to a sender address: its button proves that the address is read."""
    address: SenderAddress | None = read_sender_token(token)
    if address is None:
        return _unknown(request)
    if request.method == "POST":
        address = verify_sender_address(address=address)
    return render(request, "messaging/public/verify_sender.html", {"address": address})


def _message(token: str) -> Message | None:
    message_id = read_purpose_token("unsubscribe", token)
    if message_id is None:
        return None
    found = Message.objects.select_related("mailing", "contact").filter(pk=message_id)
    return found.defer("mailing__html", "mailing__blocks").first()


def _page(request: HttpRequest, name: str, message: Message, token: str, **more: object) -> HttpResponse:
    facts = {
        "token": token,
        "address": showing.masked(message.address),
        "organization": Organization.current(),
        "has_contact": message.contact_id is not None,
    }
    return render(request, f"messaging/public/{name}.html", {**facts, **more})


def _unknown(request: HttpRequest) -> HttpResponse:
    """The same for every token that is not ours, whatever is wrong with it."""
    return render(request, "messaging/public/unknown.html", status=404)
