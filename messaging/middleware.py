"""A short way for opens and clicks."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from messaging.hits import answer_click, answer_open

Next = Callable[[HttpRequest], HttpResponse]

# As in `public_urls`, whose addresses stand in mail for years and never change.
_OPEN = re.compile(r"/e/o/([^/]+)\.gif")
_CLICK = re.compile(r"/e/c/([^/]+)/([0-9]{1,9})")


class AnswerHits:
    """Answers opens and clicks of ours itself: session, language, user and page policies have no part in them.

    Whatever else is asked, what is not ours among it, takes the usual way.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request) or self.get_response(request)

    def _answer(self, request: HttpRequest) -> HttpResponse | None:
        path = request.path_info
        if not path.startswith("/e/") or request.method not in ("GET", "HEAD"):
            return None
        if found := _OPEN.fullmatch(path):
            return answer_open(request, found[1])
        if found := _CLICK.fullmatch(path):
            return answer_click(request, found[1], int(found[2]))
        return None
