"""What providers post to us: verified, stored raw, answered at once; a task applies it.

The address holds a secret of the provider's own. Providers that sign are checked by anymail too. A report
that we merely do not understand is kept and answered with 200: providers stop reporting to an address
that refuses them.
"""

from __future__ import annotations

import hashlib

import structlog
from anymail.exceptions import AnymailConfigurationError
from anymail.signals import AnymailTrackingEvent
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging.actions.feedback import store_events
from messaging.models import Provider, ProviderEvent
from messaging.providers import ProviderMisconfiguredError, kind_named
from messaging.providers.esp import Esp
from messaging.reported import VERSION, event_id_of, report_of, storable
from messaging.secrets import SecretsUnreadableError, unseal
from messaging.tasks import apply_events_soon
from messaging.webhook_addresses import is_secret_of, webhook_url

log = structlog.get_logger(__name__)

# Far more than any of them puts into one report.
MAX_BODY = 10 * 1024 * 1024


@login_not_required
@csrf_exempt
@require_http_methods(["POST", "HEAD", "GET"])
def receive(request: HttpRequest, pk: int, secret: str) -> HttpResponse:
    """Take a provider's report."""
    provider = Provider.objects.filter(pk=pk).first()
    if not is_secret_of(pk, secret) or provider is None:
        log.warning("webhook_forged", provider_id=pk)
        raise Http404
    if request.method != "POST":  # some verify the address so
        return HttpResponse()
    # Read before anything looks at the form in it: signatures are over the raw bytes.
    if len(request.body) > MAX_BODY:
        return HttpResponse(status=413)
    return _take(request, provider)


def _take(request: HttpRequest, provider: Provider) -> HttpResponse:
    try:
        kind = kind_named(provider.kind)
        if not isinstance(kind, Esp):
            raise Http404
        view = kind.webhook_view(provider.config, unseal(provider.secrets), url=webhook_url(provider))
    except (AnymailConfigurationError, ProviderMisconfiguredError, SecretsUnreadableError, ValueError) as error:
        # They will report again; by then somebody may have entered the key.
        log.warning("webhook_unverifiable", provider_id=provider.pk, error=str(error))
        return HttpResponse(status=503)
    try:
        view.run_validators(request)
    except AnymailConfigurationError as error:
        log.warning("webhook_unverifiable", provider_id=provider.pk, error=str(error))
        return HttpResponse(status=503)
    except Exception as error:  # a body that cannot even be read for its signature is signed by nobody
        log.warning("webhook_forged", provider_id=provider.pk, error=f"{type(error).__name__}: {error}"[:300])
        return HttpResponse(status=403)
    store_events(provider=provider, events=_events(request, view, provider))
    apply_events_soon()
    return HttpResponse()


def _events(request: HttpRequest, view: object, provider: Provider) -> list[ProviderEvent]:
    try:
        return [_event(one) for one in view.parse_events(request)]  # type: ignore[attr-defined]  # anymail has no types
    except Exception:  # whatever a provider sends must not make it stop reporting
        log.exception("webhook_not_understood", provider_id=provider.pk)
        return [_unknown(request.body)]


def _event(reported: object) -> ProviderEvent:
    if not isinstance(reported, AnymailTrackingEvent):  # mail that came in, by an address that is for reports
        return _unknown(repr(vars(reported)).encode())
    report = report_of(reported)
    return ProviderEvent(
        event_id=event_id_of(reported, report),
        kind=storable(reported.event_type or "unknown")[:30],
        provider_message_id=storable(reported.message_id or "")[:250],
        address=storable(reported.recipient or "")[:254],
        occurred_at=reported.timestamp,
        payload=report,
    )


def _unknown(body: bytes) -> ProviderEvent:
    report = {
        "version": VERSION,
        "raw": storable(body.decode("utf-8", "replace"))[:100_000],
        "message": "",
        "words": "",
    }
    return ProviderEvent(event_id=f"unknown:{hashlib.sha256(body).hexdigest()}", kind="unknown", payload=report)
