"""The style guide: every part of the look on one page, to look at after a change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contacts.permissions import allow

TONES = ("indigo", "blue", "azure", "green", "teal", "orange", "yellow", "red", "pink", "purple", "grey")


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", max_length=60)
    email = forms.EmailField(label="Email", help_text="Unique, whatever its case.")
    phone = forms.CharField(label="Phone", required=False)
    stage = forms.ChoiceField(label="Stage", choices=[("new", "New"), ("won", "Won")])
    tags = forms.MultipleChoiceField(label="Tags", choices=[("a", "fleet-buyer"), ("b", "webinar")], required=False)
    notes = forms.CharField(label="Notes", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    starts_on = forms.DateField(label="Starts", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    route = forms.ChoiceField(
        label="Route", choices=[("ours", "Platform servers"), ("own", "Connected mailbox")], widget=forms.RadioSelect
    )
    track = forms.BooleanField(label="Track opens and links", required=False)


def sample_chart() -> dict[str, Any]:
    """Two weeks of made-up figures."""
    days = [f"{day} Nov" for day in range(1, 15)]
    return {
        "labels": days,
        "series": [
            {"label": "Opens", "tone": "indigo", "values": [420, 310, 180, 120, 90, 70, 60, 44, 38, 30, 25, 20, 14, 9]},
            {"label": "Clicks", "tone": "green", "values": [120, 90, 40, 30, 22, 18, 14, 10, 8, 7, 5, 4, 3, 1]},
        ],
    }


@allow("settings.edit")
def styleguide(request: HttpRequest) -> HttpResponse:
    """All parts, with the sample form bound to wrong input so that its errors show."""
    form = SampleForm({"name": "Amelia", "email": "not an address", "route": "ours", "track": "on", "stage": "new"})
    form.is_valid()
    now = timezone.now()
    context = {
        "form": form,
        "tones": TONES,
        "chart": sample_chart(),
        "reasons": {
            "labels": ["Hard bounce", "Blocked", "No such domain"],
            "series": [{"label": "n", "values": [12, 7, 3]}],
        },
        "ago": [now - timedelta(seconds=5), now - timedelta(minutes=4), now - timedelta(days=3)],
        "tabs": [
            {"label": "Activity", "url": "#", "count": 42, "current": True},
            {"label": "Emails", "url": "#", "count": 19},
            {"label": "Notes", "url": "#"},
        ],
    }
    return render(request, "styleguide.html", context)
