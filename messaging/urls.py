"""Addresses of messaging's pages, below /mail/. Those for recipients are in `public_urls`."""

from __future__ import annotations

from django.urls import path

from messaging.views import (
    captured,
    emails,
    message,
    operations,
    outbox,
    providers,
    senders,
    suppressions,
    templates,
    write,
)

app_name = "messaging"
urlpatterns = [
    path("contacts/<int:pk>/emails/", emails.of_contact, name="emails_of_contact"),
    path("contacts/<int:pk>/opened/", emails.opened_figure, name="opened_figure"),
    path("contacts/<int:pk>/write/", write.to_contact, name="write_to_contact"),
    path("companies/<int:pk>/emails/", emails.of_account, name="emails_of_account"),
    path("companies/<int:pk>/write/", write.to_account, name="write_to_account"),
    path("deals/<int:pk>/emails/", emails.of_deal, name="emails_of_deal"),
    path("deals/<int:pk>/write/", write.to_deal, name="write_to_deal"),
    path("outbox/", outbox.overview, name="outbox"),
    path("messages/<int:pk>/", message.message, name="message"),
    path("messages/<int:pk>/body/", message.body, name="message_body"),
    path("messages/<int:pk>/settle/", message.settle, name="message_settle"),
    path("messages/<int:pk>/retry/", message.retry, name="message_retry"),
    path("operations/providers/", operations.providers, name="operations_providers"),
    path("operations/providers/<int:pk>/<slug:verb>/", operations.provider_act, name="operations_provider"),
    path("operations/uncertain/", operations.uncertain_messages, name="operations_uncertain"),
    path("operations/uncertain/settle/", operations.settle, name="operations_settle"),
    path("captured/", captured.overview, name="captured"),
    path("captured/<int:pk>/", captured.mail, name="captured_mail"),
    path("captured/<int:pk>/body/", captured.body, name="captured_body"),
    path("captured/<int:pk>/download/", captured.download, name="captured_download"),
    path("providers/", providers.overview, name="providers"),
    path("providers/add/", providers.choose, name="provider_choose"),
    path("providers/add/<slug:kind>/", providers.add, name="provider_add"),
    path("providers/<int:pk>/", providers.provider, name="provider"),
    path("providers/<int:pk>/test/", providers.test, name="provider_test"),
    path("providers/<int:pk>/<slug:verb>/", providers.act, name="provider_act"),
    path("senders/", senders.overview, name="senders"),
    path("senders/addresses/add/", senders.add_address, name="address_add"),
    path("senders/addresses/<int:pk>/remove/", senders.remove_address, name="address_remove"),
    path("senders/domains/add/", senders.add_domain, name="domain_add"),
    path("senders/domains/<int:pk>/check/", senders.check_domain, name="domain_check"),
    path("senders/domains/<int:pk>/vouch/", senders.vouch, name="domain_vouch"),
    path("senders/domains/<int:pk>/remove/", senders.remove_domain, name="domain_remove"),
    path("suppressions/", suppressions.overview, name="suppressions"),
    path("suppressions/add/", suppressions.add, name="suppression_add"),
    path("suppressions/<int:pk>/lift/", suppressions.lift, name="suppression_lift"),
    path("templates/", templates.overview, name="templates"),
    path("templates/<slug:key>/", templates.template, name="template"),
    path("templates/<slug:key>/body/", templates.body, name="template_body"),
    path("templates/<slug:key>/test/", templates.test_send, name="template_test"),
    path("templates/<slug:key>/restore/", templates.restore, name="template_restore"),
]
