"""Home: how things stand, what happened, what to do next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from contacts.permissions import allow


@allow("any")
def home(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    return render(request, "crm/home.html")
