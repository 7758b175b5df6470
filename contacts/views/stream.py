"""The activity stream of a record: one fragment for contacts, accounts and what upper floors register."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from contacts import activity
from contacts.models import Activity
from contacts.permissions import allow, user_of
from contacts.stream import PAGE_SIZE, Cursor, by_day, say, topics


@allow("contacts.view")
def stream(request: HttpRequest, record: str, pk: int) -> HttpResponse:
    """A page of a record's entries, newest first; `?before=` is the cursor, `?topic=` narrows to a noun."""
    entries = activity.stream_of(record, pk, user_of(request))
    if entries is None:
        raise Http404
    topic = request.GET.get("topic", "")
    if topic in dict(topics()):
        entries = entries.filter(kind__startswith=f"{topic}.")
    before = Cursor.read(request.GET.get("before", ""))
    if before:
        entries = entries.before(before.occurred_at, before.pk)
    several = record != "contact"
    related = ("by", "contact") if several else ("by",)
    rows: list[Activity] = list(entries.newest_first().select_related(*related)[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    context = {
        "record": record,
        "pk": pk,
        "days": by_day(say(entry, with_contact=several) for entry in shown),
        "headed": before.day if before else None,
        "next": Cursor.of(shown[-1]) if len(rows) > PAGE_SIZE else None,
        "topic": topic,
        "topics": topics(),
        "is_first": before is None,
    }
    return render(request, "contacts/stream.html", context)
