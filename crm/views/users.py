"""Settings → Users: who is in the team, and one's own profile."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.actions.users import UserRefused, add_user, change_profile, change_role, set_active
from contacts.models import Role, User
from contacts.permissions import allow, user_of
from crm.forms import InviteForm, ProfileForm, RoleForm
from crm.invitations import send_invitation
from messaging.actions.transactional import Suppressed
from messaging.tasks import nudge

WHAT_ROLES_DO = (
    (Role.ADMINISTRATOR, gettext_lazy("Everything, with settings, users and providers.")),
    (Role.MARKETER, gettext_lazy("Contacts, imports, lists, campaigns, automations and deals.")),
    (Role.SALES, gettext_lazy("Contacts, deals and personal email.")),
    (Role.READ_ONLY, gettext_lazy("Looks at everything, changes nothing.")),
)


@require_GET
@allow("users.edit")
def users(request: HttpRequest) -> HttpResponse:
    """Everybody, active or not."""
    team = [(user, RoleForm(initial={"role": user.role}, auto_id=f"user-{user.pk}-%s")) for user in _team()]
    return render(request, "crm/users.html", {"team": team, "roles": WHAT_ROLES_DO})


def _team() -> list[User]:
    return list(User.objects.order_by("-is_active", "first_name", "email")[:500])


@require_http_methods(["GET", "POST"])
@allow("users.edit")
def invite(request: HttpRequest) -> HttpResponse:
    """Add a user and mail them a link to choose a password."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                user = add_user(**form.cleaned_data, by=user_of(request))
                send_invitation(user=user, by=user_of(request))
        except (UserRefused, Suppressed) as refusal:
            form.add_error("email", str(refusal))
        else:
            nudge("transactional")
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": user.email})
            return redirect("settings_users")
    return render(request, "crm/invite.html", {"form": form, "roles": WHAT_ROLES_DO})


@require_POST
@allow("users.edit")
def invite_again(request: HttpRequest, user_id: int) -> HttpResponse:
    """Mail the link once more, to somebody who has not signed in yet."""
    user = get_object_or_404(User, pk=user_id, last_login=None, is_active=True)
    try:
        send_invitation(user=user, by=user_of(request))
    except Suppressed as refusal:
        messages.error(request, str(refusal))
    else:
        nudge("transactional")
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": user.email})
    return redirect("settings_users")


@require_POST
@allow("users.edit")
def role(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a user's role."""
    user, form = get_object_or_404(User, pk=user_id), RoleForm(request.POST)
    if form.is_valid():
        _try(request, lambda: change_role(user=user, role=form.cleaned_data["role"], by=user_of(request)))
    return redirect("settings_users")


@require_POST
@allow("users.edit")
def activate(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a user sign in, or no more."""
    user = get_object_or_404(User, pk=user_id)
    _try(request, lambda: set_active(user=user, is_active=request.POST.get("active") == "1", by=user_of(request)))
    return redirect("settings_users")


def _try(request: HttpRequest, act: Callable[[], User]) -> None:
    try:
        user = act()
    except UserRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s: saved.") % {"name": user.name})


@require_http_methods(["GET", "POST"])
@allow("any")
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, job title, phone and time zone."""
    user = user_of(request)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        change_profile(user=user, values=form.cleaned_data, by=user)
        messages.success(request, _("Your profile is saved."))
        return redirect("settings_profile")
    return render(request, "crm/profile.html", {"form": form})
