"""Messaging's cards of the Operations page: providers, and messages that a person has to settle."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from redis import RedisError

from contacts.operations import PERMISSION, answer
from contacts.permissions import allow, user_of
from messaging import pulse, rates
from messaging.actions.hold import resolve_many_uncertain
from messaging.actions.providers import pause_provider, resume_provider
from messaging.models import Attempt, Message, Provider
from messaging.providers import ProviderMisconfiguredError, kind_named
from messaging.tasks import nudge
from messaging.vitals import capped, uncertain

# One page of uncertain messages, and how many are settled at once by "all".
PAGE, MOST_AT_ONCE = 50, 1000
TONES = {"accepted": "green", "deferred": "orange", "failed": "red", "uncertain": "purple"}


@dataclass(frozen=True)
class Answer:
    """How often a provider gave an answer in the last hour."""

    label: str
    count: int
    tone: str


@dataclass
class ShownProvider:
    """A provider as an operator sees it."""

    provider: Provider
    kind: str = ""
    has_connections: bool = False
    rate: float = 0
    answers: list[Answer] = field(default_factory=list)
    words: list[tuple[str, int]] = field(default_factory=list)
    standing: rates.Standing = field(default_factory=rates.Standing)


@require_safe
@allow(PERMISSION)
def providers(request: HttpRequest) -> HttpResponse:
    """Each provider with its answers of the last hour, its rate and what it said last."""
    return _providers(request)


def _providers(request: HttpRequest) -> HttpResponse:
    rows = [_with_kind(ShownProvider(one)) for one in Provider.objects.all()]
    is_known = True
    try:
        _add_figures(rows)
    except RedisError:
        is_known = False
    return render(request, "messaging/operations/providers.html", {"rows": rows, "is_known": is_known})


def _with_kind(row: ShownProvider) -> ShownProvider:
    try:
        kind = kind_named(row.provider.kind)
    except ProviderMisconfiguredError:
        row.kind = row.provider.kind
    else:
        row.kind, row.has_connections = str(kind.label), kind.has_connections
    return row


def _add_figures(rows: list[ShownProvider]) -> None:
    ids = [row.provider.pk for row in rows]
    seen, words, standings = pulse.read(), pulse.most_frequent_words(ids), rates.standings(ids)
    for row in rows:
        pk = row.provider.pk
        row.rate, row.words, row.standing = seen.rate(provider_id=pk), words[pk], standings[pk]
        row.answers = _answers([one for one in seen.hour if one.provider_id == pk and one.outcome in TONES])


def _answers(counts: list[pulse.Count]) -> list[Answer]:
    """By code; what was accepted first, then what was said most often."""
    sums: Counter[tuple[str, int]] = Counter()
    for one in counts:
        sums[one.outcome, one.code] += one.count
    order = sorted(sums.items(), key=lambda item: (item[0][0] != "accepted", -item[1]))
    return [
        Answer(str(code or (_("no answer") if outcome == "uncertain" else _("no connection"))), n, TONES[outcome])
        for (outcome, code), n in order
    ]


@require_POST
@allow("providers.edit")
def provider_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Pause or resume a provider from its card."""
    found = get_object_or_404(Provider, pk=pk)
    if verb == "pause":
        pause_provider(provider=found, by=user_of(request))
        return answer(request, _providers, _("%(name)s is paused: its mail waits.") % {"name": found.name})
    if verb == "resume":
        resume_provider(provider=found, by=user_of(request))
        return answer(request, _providers, _("%(name)s goes on.") % {"name": found.name})
    raise Http404


@dataclass(frozen=True)
class ShownUncertain:
    """A message to be settled, and when its hand-over was under way."""

    message: Message
    at: datetime | None


@require_safe
@allow(PERMISSION)
def uncertain_messages(request: HttpRequest) -> HttpResponse:
    """Messages of which nobody knows whether they arrived, the newest first."""
    return _uncertain(request)


def _uncertain(request: HttpRequest) -> HttpResponse:
    rows = list(
        uncertain()
        .select_related("mailing", "provider")
        .defer("mailing__html", "mailing__compiled", "slots")
        .order_by("-pk")[:PAGE]
    )
    ids = [row.pk for row in rows]
    tried = dict(Attempt.objects.filter(message_id__in=ids).order_by().values_list("message_id").annotate(Max("at")))
    context = {
        "rows": [ShownUncertain(row, tried.get(row.pk)) for row in rows],
        "total": capped(uncertain()) if len(rows) == PAGE else len(rows),
        "most": MOST_AT_ONCE,
    }
    return render(request, "messaging/operations/uncertain.html", context)


@require_POST
@allow(PERMISSION)
def settle(request: HttpRequest) -> HttpResponse:
    """Settle the chosen messages, or all (a thousand at a time): they arrived, or are to be sent again."""
    verb = request.POST.get("do")
    if verb not in ("arrived", "again"):
        raise Http404
    settled = resolve_many_uncertain(message_ids=_chosen(request), arrived=verb == "arrived", by=user_of(request))
    count = len(settled)
    if verb == "arrived":
        words = ngettext("%(n)s message is settled.", "%(n)s messages are settled.", count)
    else:
        words = ngettext("%(n)s message will be sent again.", "%(n)s messages will be sent again.", count)
        for lane in {message.lane for message in settled}:
            nudge(lane)
    return answer(request, _uncertain, words % {"n": count})


def _chosen(request: HttpRequest) -> list[int]:
    if request.POST.get("all_matching"):
        return list(uncertain().order_by("-pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    return [int(pk) for pk in request.POST.getlist("ids") if pk.isascii() and pk.isdigit() and len(pk) < 19]
