"""Pages without login: health, for load balancers and `up`; metrics, for who has the token."""

from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm import health
from crm.metrics import exposition


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """This process and what it needs: 200, or 503 with what is missing."""
    state = health.look()
    facts = {"database": state.database, "broker": state.broker, "lanes": state.lanes}
    status = "ready" if state.ready else "not ready"
    answer = JsonResponse({"status": status, **facts}, status=200 if state.ready else 503)
    # Not ready is an answer, not an error of this process: Django would log each one as such.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, read when they are asked for. 404 without METRICS_TOKEN and to who does not show it."""
    shown = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not compare_digest(shown.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        raise Http404
    text, content_type = exposition(request.headers.get("Accept", ""))
    return HttpResponse(text, content_type=content_type)
