"""Custom fields: defining, renaming, deleting."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from contacts.actions.fields import InvalidField, change_field, create_field, delete_field
from contacts.fieldkinds import kind_of
from contacts.forms import FieldForm
from contacts.models import CustomField
from contacts.permissions import allow, user_of


@require_safe
@allow("lists.edit")
def field_overview(request: HttpRequest) -> HttpResponse:
    """All fields, with the number of contacts that have a value."""
    fields = CustomField.objects.annotate(filled=Count("values", filter=~Q(values__text="")))
    return render(request, "contacts/fields/overview.html", {"fields": [(each, kind_of(each.kind)) for each in fields]})


@allow("lists.edit")
def field_new(request: HttpRequest) -> HttpResponse:
    """Define a field."""
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_field(by=user_of(request), **form.cleaned_data)
        except InvalidField as error:
            form.add_error("label", str(error))
        else:
            messages.success(request, _("Saved"))
            return redirect("contacts:fields")
    return render(request, "contacts/fields/form.html", {"form": form})


@allow("lists.edit")
def field_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a field, change its options and group."""
    field = get_object_or_404(CustomField, pk=pk)
    form = FieldForm(request.POST or None, defined=field)
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("label", "options", "group")}
        try:
            change_field(field=CustomField.objects.get(pk=pk), by=user_of(request), **facts)
        except InvalidField as error:
            form.add_error("label", str(error))
        else:
            messages.success(request, _("Saved"))
            return redirect("contacts:fields")
    filled = field.values.exclude(text="").count()
    return render(request, "contacts/fields/form.html", {"form": form, "field": field, "filled": filled})


@require_POST
@allow("lists.edit")
def field_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a field and all its values."""
    field = get_object_or_404(CustomField, pk=pk)
    touched = delete_field(field=field, by=user_of(request))
    words = ngettext(
        "“%(field)s” is deleted; %(n)d contact had a value.",
        "“%(field)s” is deleted; %(n)d contacts had a value.",
        touched,
    )
    messages.success(request, words % {"field": field.label, "n": touched})
    return redirect("contacts:fields")
