"""Addresses of automations, below /automations/."""

from __future__ import annotations

from django.urls import path

from automations.views import builder, operations, overview, runs

app_name = "automations"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("new/", overview.create, name="create"),
    path("operations/failed/", operations.failed_runs, name="operations_runs"),
    path("operations/failed/retry/", operations.retry_runs, name="operations_runs_retry"),
    path("runs/<int:run_id>/", runs.run_page, name="run"),
    path("runs/<int:run_id>/end/", runs.end, name="end_run"),
    path("runs/<int:run_id>/retry/", runs.retry, name="retry_run"),
    path("contacts/<int:contact_id>/tab/", runs.contact_tab, name="contact_tab"),
    path("contacts/<int:contact_id>/side/", runs.contact_side, name="contact_side"),
    path("contacts/<int:contact_id>/enroll/", runs.enroll, name="enroll"),
    path("<int:automation_id>/", builder.automation_page, name="automation"),
    path("<int:automation_id>/publish/", builder.publish, name="publish"),
    path("<int:automation_id>/switch/", builder.switch, name="switch"),
    path("<int:automation_id>/rename/", builder.rename, name="rename"),
    path("<int:automation_id>/runs/", runs.runs, name="runs"),
    path("<int:automation_id>/triggers/new/<slug:kind>/", builder.trigger_form, name="new_trigger"),
    path("<int:automation_id>/triggers/<slug:trigger_id>/", builder.trigger_form, name="trigger"),
    path("<int:automation_id>/steps/new/<slug:kind>/", builder.step_form, name="new_step"),
    path("<int:automation_id>/steps/<slug:step_id>/", builder.step_form, name="step"),
    path("<int:automation_id>/steps/<slug:step_id>/move/", builder.move_step, name="move_step"),
    path("<int:automation_id>/parts/<slug:part_id>/remove/", builder.remove_part, name="remove_part"),
]
