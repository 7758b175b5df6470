"""The pictures of emails, for recipients: no sign-in. Names are hashes, so that nobody can walk them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from campaigns.pictures import place_of, type_of


@login_not_required
@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """One picture. It never changes, so that proxies and mail clients may keep it."""
    kind = type_of(name)
    try:
        file = default_storage.open(place_of(name)) if kind else None
    except FileNotFoundError:
        file = None
    if file is None:
        raise Http404
    response = FileResponse(file, content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response
