"""Transactional templates: seen, edited, tried out, put back."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_stubs_ext import StrPromise

from contacts.permissions import allow, user_of
from messaging.actions import templates as actions
from messaging.actions.compose import MailingInvalid
from messaging.actions.transactional import Suppressed, send_transactional
from messaging.builtins import all_builtins, builtin
from messaging.forms.templates import TemplateForm
from messaging.models import Mailing, TransactionalTemplate
from messaging.previewing import preview
from messaging.showing import as_document
from messaging.tasks import nudge


@dataclass(frozen=True)
class Shown:
    """A template as the pages need it, whether it has a row yet or not."""

    key: str
    name: str | StrPromise
    description: str | StrPromise
    mailing: Mailing
    is_builtin: bool
    is_changed: bool
    sample: dict[str, str]


@require_safe
@allow("messages.manage")
def overview(request: HttpRequest) -> HttpResponse:
    """All templates: the product's own, and further ones."""
    keys = [one.key for one in all_builtins()]
    others = TransactionalTemplate.objects.exclude(key__in=keys).values_list("key", flat=True)
    return render(request, "messaging/templates.html", {"templates": [_shown(key) for key in [*keys, *others]]})


@allow("messages.manage")
def template(request: HttpRequest, key: str) -> HttpResponse:
    """One template: its words, what they may name, a preview."""
    found = _shown(key)
    held = found.mailing
    initial = {name: getattr(held, name) for name in ("subject", "preheader", "html", "text")}
    form = TemplateForm(request.POST or None, initial=initial)
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_template(key=key, by=user_of(request), **form.cleaned_data)
        except MailingInvalid as error:
            problems = error.problems
        else:
            messages.success(request, _("Saved. The next mail says it so."))
            return redirect("messaging:template", key)
    context = {"template": found, "form": form, "problems": problems}
    return render(request, "messaging/template_form.html", context, status=422 if problems else 200)


@require_safe
@allow("messages.manage")
def body(request: HttpRequest, key: str) -> HttpResponse:
    """The preview's HTML, for the frame."""
    found = _shown(key)
    shown, problems = preview(found.mailing, {"data": found.sample})
    if shown is None:
        return HttpResponse("\n".join(str(problem) for problem in problems), content_type="text/plain; charset=utf-8")
    return as_document(shown.html)


@require_POST
@allow("messages.manage")
def test_send(request: HttpRequest, key: str) -> HttpResponse:
    """Send it to oneself, filled with samples."""
    found = _shown(key)
    by = user_of(request)
    try:
        send_transactional(template=key, to=by.email, context=dict(found.sample), by=by)
    except (Suppressed, MailingInvalid) as error:
        messages.error(request, str(error))
    else:
        nudge("transactional")
        messages.success(request, _("A test is on its way to %(email)s.") % {"email": by.email})
    return redirect("messaging:template", key)


test_send.__test__ = False  # type: ignore[attr-defined]  # not a test case, whatever pytest thinks


@require_POST
@allow("messages.manage")
def restore(request: HttpRequest, key: str) -> HttpResponse:
    """Back to the original words."""
    if builtin(key) is None:
        raise Http404
    actions.restore_template(key=key, by=user_of(request))
    messages.success(request, _("The original words are back."))
    return redirect("messaging:template", key)


def _shown(key: str) -> Shown:
    original = builtin(key)
    held = TransactionalTemplate.objects.select_related("mailing").filter(key=key).first()
    if held is not None:
        changed = original is not None and held.mailing.created_by_id is not None
        sample = original.sample if original else {}
        own = held.mailing if changed or original is None else actions.mailing_of(original)
        return Shown(key, held.name, held.description, own, original is not None, changed, sample)
    if original is None:
        raise Http404
    return Shown(key, original.name, original.description, actions.mailing_of(original), True, False, original.sample)
