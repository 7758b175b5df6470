"""Pages without login: health, for load balancers and `up`."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm import health


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
