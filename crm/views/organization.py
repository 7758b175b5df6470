"""Settings → Organisation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from contacts.actions.users import change_organization
from contacts.models import Organization
from contacts.permissions import allow, user_of
from crm.forms import OrganizationForm


@require_http_methods(["GET", "POST"])
@allow("settings.edit")
def organization(request: HttpRequest) -> HttpResponse:
    """Name, postal address, default sender, time zone and currency."""
    form = OrganizationForm(request.POST or None, instance=Organization.current())
    if request.method == "POST" and form.is_valid():
        change_organization(organization=form.save(commit=False), by=user_of(request))
        messages.success(request, _("The organisation's settings are saved."))
        return redirect("settings_organization")
    return render(request, "crm/organization.html", {"form": form})


@require_GET
@allow("any")
def settings_home(request: HttpRequest) -> HttpResponse:
    """Where settings begin: the organisation for administrators, one's own profile for everybody else."""
    return redirect("settings_organization" if user_of(request).can("settings.edit") else "settings_profile")
