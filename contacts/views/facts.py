"""Facts edited in place: the value becomes a field, Enter saves, Escape leaves it; without scripts, a small page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from contacts.actions import accounts as account_actions
from contacts.actions import contacts as contact_actions
from contacts.actions.fields import set_field_value
from contacts.facts import CUSTOM, account_facts, contact_facts, custom_fact
from contacts.fieldkinds import BadValue, kind_of
from contacts.forms import account_fact_field, contact_fact_field
from contacts.inplace import edit_fact, fact_named
from contacts.models import Account, Contact, CustomField, User
from contacts.permissions import allow, user_of
from contacts.views.contact import contact_for, side_context


@allow("contacts.edit")
def contact_fact(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Show, edit or set one fact of a contact."""
    contact = contact_for(user_of(request), pk)
    if key.startswith(CUSTOM):
        return _custom_fact(request, contact, key.removeprefix(CUSTOM))
    fact = fact_named(contact_facts(contact), key)
    if fact is None:
        raise Http404

    def save(value: Any) -> dict[str, Any]:
        _save_contact_fact(contact, key, value, user_of(request))
        fresh = contact_for(user_of(request), pk)
        return {**side_context(fresh), "fact": fact_named(contact_facts(fresh), key), "oob": "contacts/contact_id.html"}

    initial: Any = contact.owner_id if key == "owner" else fact.text
    return edit_fact(request, fact, contact_fact_field(key), initial, save)


def _custom_fact(request: HttpRequest, contact: Contact, key: str) -> HttpResponse:
    """Show, edit or set a custom field of a contact."""
    field: CustomField = get_object_or_404(CustomField, key=key)
    held = contact.field_values.filter(field=field).first()
    text = held.text if held else ""

    def save(value: Any) -> dict[str, Any]:
        try:
            kept = set_field_value(contact=contact, field=field, value=str(value or ""), by=user_of(request))
        except BadValue as refusal:
            raise ValidationError(str(refusal)) from None
        return {"fact": custom_fact(field, kept.text if kept else "")}

    return edit_fact(request, custom_fact(field, text), kind_of(field.kind).form_field(field.options), text, save)


def _save_contact_fact(contact: Contact, key: str, value: Any, by: User) -> None:
    """Write one fact by the action that owns it. Raises ValidationError with words for the field."""
    if key == "owner":
        contact_actions.set_owner(contact=contact, owner=value, by=by)
    elif key == "account":
        account = account_actions.account_for(name=value, by=by) if value.strip() else None
        contact_actions.assign_account(contact=contact, account=account, by=by)
    else:
        try:
            contact_actions.update_contact(contact=contact, field=key, value=value, by=by)
        except contact_actions.EmailTaken as refusal:
            raise ValidationError(_("Another contact has this address: %s") % (refusal.contact or "")) from None


@allow("contacts.edit")
def account_fact(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Show, edit or set one fact of an account."""
    user = user_of(request)
    known = Account.objects.visible_to(user).select_related("owner")
    account: Account = get_object_or_404(known, pk=pk)
    fact = fact_named(account_facts(account), key)
    if fact is None:
        raise Http404

    def save(value: Any) -> dict[str, Any]:
        _save_account_fact(account, key, value, user)
        fresh: Account = get_object_or_404(known.all(), pk=pk)
        return {
            "account": fresh,
            "fact": fact_named(account_facts(fresh), key),
            "oob": "contacts/account_id.html",
        }

    initial: Any = account.owner_id if key == "owner" else fact.text
    return edit_fact(request, fact, account_fact_field(key), initial, save)


def _save_account_fact(account: Account, key: str, value: Any, by: User) -> None:
    """Write one fact by the action that owns it. Raises ValidationError with words for the field."""
    if key == "owner":
        account_actions.set_account_owner(account=account, owner=value, by=by)
        return
    try:
        account_actions.update_account(account=account, field=key, value=value, by=by)
    except account_actions.AccountNameTaken:
        raise ValidationError(_("Another account has this name.")) from None
