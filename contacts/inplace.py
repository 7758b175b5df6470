"""Facts edited in place, on the record pages of every floor.

The value becomes a field, Enter saves, Escape leaves it as it was; without scripts each fact has a small page of its
own. An app gives the fact, its form field and what saving means; addresses end in `/facts/<key>/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy

# Writes a cleaned value and returns the context to show: `fact` as it is now, and with `oob` the name of a template
# that brings the page's head up to date. Raises ValidationError with words for the field.
Save = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Fact:
    """One line of a record's details. `key` is its name in addresses; `url` where its value leads."""

    key: str
    label: str
    text: str
    url: str = ""


def fact_named(facts: Iterable[Fact], key: str) -> Fact | None:
    """The fact with this key."""
    return next((fact for fact in facts if fact.key == key), None)


def offering_input(url_name: str, options: str) -> forms.TextInput:
    """A text field that offers what the server knows while one types, in the <datalist> with the id `options`."""
    asks = {"hx-get": reverse_lazy(url_name), "hx-trigger": "input changed delay:150ms", "hx-swap": "innerHTML"}
    target = {"hx-target": f"#{options}", "hx-sync": "this:replace", "hx-push-url": "false"}
    return forms.TextInput(attrs={"list": options, "autocomplete": "off", **asks, **target})


def account_input() -> forms.TextInput:
    """A text field for an account's name, which offers those that exist."""
    return offering_input("contacts:account_names", "account-options")


def contact_input() -> forms.TextInput:
    """A text field for a contact's address, which offers those whose name or address fits."""
    return offering_input("contacts:contact_emails", "contact-options")


class FactForm(forms.Form):
    """One fact: a single field named `value`."""

    def __init__(self, field: forms.Field, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field.label = label or field.label
        css = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        if isinstance(field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
            css = "form-check-input"
        field.widget.attrs |= {"autofocus": True, "aria-label": str(field.label), "class": css}
        self.fields["value"] = field


def edit_fact(request: HttpRequest, fact: Fact, field: forms.Field, initial: Any, save: Save) -> HttpResponse:
    """The three steps of an edit: show (`?show=1`), the form, and saving what was sent."""
    is_fragment = bool(request.headers.get("HX-Request"))
    context: dict[str, Any] = {"fact": fact, "edit_url": request.path, "can_edit": True, "focus": True}
    if request.method != "POST" and "show" in request.GET:
        return render(request, "contacts/record/fact.html", context)
    back = request.path.split("/facts/")[0] + "/"
    sent = request.POST if request.method == "POST" else None
    form = FactForm(field, sent, label=fact.label, initial={"value": initial})
    if sent is not None and form.is_valid():
        try:
            context |= save(form.cleaned_data["value"])
        except ValidationError as refusal:
            form.add_error("value", refusal)
        else:
            return render(request, "contacts/record/fact_saved.html", context) if is_fragment else redirect(back)
    template = "contacts/record/fact_form.html" if is_fragment else "contacts/record/fact_page.html"
    return render(request, template, {**context, "form": form, "back": back}, status=422 if form.errors else 200)
