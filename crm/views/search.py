"""Global search: a page of its own, and the fragment inside the command palette."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from contacts import palette
from contacts.permissions import allow, user_of
from crm.shell import ShownEntry, creatable_by, navigation_for


def find_pages(request: HttpRequest, words: str) -> list[ShownEntry]:
    """Pages of the navigation, and forms for new things, whose name holds the words; all while nothing is typed."""
    user = user_of(request)
    lines = [line for _title, lines in navigation_for(user, request.path) for line in lines] + creatable_by(user)
    return [line for line in lines if words.lower() in line.label.lower()]


@allow("any")
def search(request: HttpRequest) -> HttpResponse:
    """Results for `?q=`, grouped by kind. htmx gets the fragment, a browser without scripts the page."""
    words = request.GET.get("q", "").strip()[:200]
    found = palette.search(user_of(request), words) if words else []
    context = {"words": words, "found": found, "pages": find_pages(request, words)[: 8 if words else 20]}
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "crm/search_results.html" if is_fragment else "crm/search.html", context)
