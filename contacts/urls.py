"""Addresses of the ground floor."""

from __future__ import annotations

from django.urls import URLPattern, path

from contacts.views import account, contact, contact_lists, facts, offers, overview, stream

app_name = "contacts"
urlpatterns: list[URLPattern] = [
    path("contacts/", overview.overview, name="overview"),
    path("contacts/columns/", overview.columns, name="overview_columns"),
    path("contacts/bulk/", overview.bulk, name="bulk"),
    path("contacts/new/", contact.contact_new, name="contact_new"),
    path("contacts/addresses/", offers.contact_emails, name="contact_emails"),
    path("contacts/tag-names/", offers.tag_names, name="tag_names"),
    path("contacts/stream/<slug:record>/<int:pk>/", stream.stream, name="stream"),
    path("contacts/<int:pk>/", contact.contact, name="contact"),
    path("contacts/<int:pk>/delete/", contact.contact_delete, name="contact_delete"),
    path("contacts/<int:pk>/facts/<str:key>/", facts.contact_fact, name="contact_fact"),
    path("contacts/<int:pk>/tags/add/", contact_lists.contact_tag, name="contact_tag"),
    path("contacts/<int:pk>/tags/remove/", contact_lists.contact_untag, name="contact_untag"),
    path("contacts/<int:pk>/lists/", contact_lists.contact_list, name="contact_list"),
    path("companies/", account.accounts, name="accounts"),
    path("companies/new/", account.account_new, name="account_new"),
    path("companies/names/", offers.account_names, name="account_names"),
    path("companies/<int:pk>/", account.account, name="account"),
    path("companies/<int:pk>/delete/", account.account_delete, name="account_delete"),
    path("companies/<int:pk>/facts/<str:key>/", facts.account_fact, name="account_fact"),
]
