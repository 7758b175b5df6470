"""Changing many contacts at once: what can be done, in slices of one statement each, as a job when they are many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.actions.jobs import start_job
from contacts.actions.lists import subscribe_many
from contacts.actions.tags import InvalidTag, clean_name, tag_many, untag_many
from contacts.jobs import JobFailed, JobKind, Run
from contacts.models import Contact, Job, MailingList, User
from contacts.selection import Selection

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

JOB = "contacts.bulk"
# One transaction each; a request does one slice itself, more become a job.
SLICE = 2000


class BadChange(ValueError):
    """A change that cannot be made; the message is for its user."""

    permanent = True


@dataclass(frozen=True)
class Change:
    """A kind of change. `check` says whether a value makes sense (BadChange), `apply` changes some contacts.

    `title` is a format string over `value` for the job's name.
    """

    key: str
    title: str | StrPromise
    name: Callable[[str], str]
    apply: Callable[[Sequence[int], str, User | None], int]


def _tag_name(value: str) -> str:
    try:
        return clean_name(value)
    except InvalidTag:
        raise BadChange(_("A tag has 1 to 100 visible characters.")) from None


def _list_of(value: str) -> MailingList:
    found = MailingList.objects.filter(pk=int(value)).first() if value.isdecimal() and len(value) < 19 else None
    if found is None:
        raise BadChange(_("Choose a list."))
    return found


def _tag(ids: Sequence[int], value: str, by: User | None) -> int:
    return tag_many(contact_ids=ids, names=[value], by=by)


def _untag(ids: Sequence[int], value: str, by: User | None) -> int:
    return untag_many(contact_ids=ids, names=[value], by=by)


def _subscribe(ids: Sequence[int], value: str, by: User | None) -> int:
    return subscribe_many(contact_ids=ids, mailing_list=_list_of(value), by=by, source="bulk")


CHANGES = {
    change.key: change
    for change in (
        Change("tag", gettext_lazy("Add tag “{value}”"), _tag_name, _tag),
        Change("untag", gettext_lazy("Remove tag “{value}”"), _tag_name, _untag),
        Change("subscribe", gettext_lazy("Add to list “{value}”"), lambda value: _list_of(value).name, _subscribe),
    )
}


def change_named(key: str, value: str) -> tuple[Change, str]:
    """A change and what to call it. Raises BadChange."""
    change = CHANGES.get(key)
    if change is None:
        raise BadChange(_("Choose what to do."))
    return change, str(change.title).format(value=change.name(value))


@transaction.atomic
def start_change(*, key: str, value: str, selection: Selection, by: User) -> Job:
    """Make the job that changes all contacts of a selection as it is now; newer contacts are left out."""
    _change, title = change_named(key, value)
    newest = Contact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    params = {"change": key, "value": value, "query": selection.query, "until": newest, "user": by.pk}
    return start_job(kind=JOB, title=title, params=params, total=selection.count(by).number, by=by)


def run(hold: Run) -> None:
    """Do the job, slice after slice behind the last one committed."""
    params, result = hold.job.params, dict(hold.job.result)
    user = User.objects.filter(pk=params["user"]).first()
    if user is None or not user.can("contacts.bulk"):
        raise JobFailed(_("Whoever started this may not do it any more."))
    try:
        change, _title = change_named(params["change"], params["value"])
    except BadChange as refusal:
        raise JobFailed(str(refusal)) from None
    matching = Selection.from_query(params["query"]).contacts(user).filter(pk__lte=params["until"]).order_by("pk")
    while ids := list(matching.filter(pk__gt=result.get("last", 0)).values_list("pk", flat=True)[:SLICE]):
        with transaction.atomic():
            changed = change.apply(ids, params["value"], user)
            result = {"last": ids[-1], "changed": result.get("changed", 0) + changed}
            hold.advance(done=hold.job.done + len(ids), result=result)
    hold.advance(done=hold.job.done, total=hold.job.done)


def _result_url(job: Job) -> str:
    """The contacts it was about."""
    return f"{reverse('contacts:overview')}?{job.params.get('query', '')}"


KIND = JobKind(JOB, gettext_lazy("Bulk change"), run, icon="users", result_url=_result_url)
