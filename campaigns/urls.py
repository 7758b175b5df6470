"""Addresses of the campaigns."""

from __future__ import annotations

from django.urls import path

from campaigns import public
from campaigns.views import editor, operations, overview, report, sending, writing

app_name = "campaigns"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("new/", writing.create, name="create"),
    path("operations/paused/", operations.paused, name="operations_paused"),
    path("audience/", writing.audience, name="audience"),
    path("preview/contacts/", editor.preview_contacts, name="preview_contacts"),
    path("images/", editor.upload, name="upload"),
    path("images/<str:name>", public.picture, name="picture"),
    path("<int:campaign_id>/", report.campaign, name="campaign"),
    path("<int:campaign_id>/row/", overview.row, name="row"),
    path("<int:campaign_id>/recipients/", writing.recipients, name="recipients"),
    path("<int:campaign_id>/sender/", writing.sender, name="sender"),
    path("<int:campaign_id>/content/", editor.content, name="content"),
    path("<int:campaign_id>/content/mode/", editor.mode, name="mode"),
    path("<int:campaign_id>/canvas/", editor.canvas, name="canvas"),
    path("<int:campaign_id>/preview/", editor.preview, name="preview"),
    path("<int:campaign_id>/preview/frame/", editor.preview_frame, name="preview_frame"),
    path("<int:campaign_id>/summary/", sending.summary, name="summary"),
    path("<int:campaign_id>/test/", sending.test, name="test"),
    path("<int:campaign_id>/start/", sending.start, name="start"),
    path("<int:campaign_id>/schedule/", sending.schedule, name="schedule"),
    path("<int:campaign_id>/unschedule/", sending.unschedule, name="unschedule"),
    path("<int:campaign_id>/pause/", sending.pause, name="pause"),
    path("<int:campaign_id>/resume/", sending.resume, name="resume"),
    path("<int:campaign_id>/cancel/", sending.cancel, name="cancel"),
    path("<int:campaign_id>/duplicate/", writing.duplicate, name="duplicate"),
    path("<int:campaign_id>/delete/", writing.delete, name="delete"),
    path("<int:campaign_id>/progress/", report.progress, name="progress"),
    path("<int:campaign_id>/figures/", report.figures, name="figures"),
    path("<int:campaign_id>/report.csv", report.report_csv, name="report_csv"),
]
