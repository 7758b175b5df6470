"""Addresses of the deals."""

from __future__ import annotations

from django.urls import URLPattern, path

from deals.views import board, deal, panels, participants, pipelines, table

app_name = "deals"
urlpatterns: list[URLPattern] = [
    path("", board.board, name="board"),
    path("table/", table.table, name="table"),
    path("new/", deal.deal_new, name="create"),
    path("stages/<int:pk>/cards/", board.column, name="column"),
    path("<int:pk>/", deal.deal, name="deal"),
    path("<int:pk>/move/", board.move, name="move"),
    path("<int:pk>/win/", deal.win, name="win"),
    path("<int:pk>/lose/", deal.lose, name="lose"),
    path("<int:pk>/reopen/", deal.reopen, name="reopen"),
    path("<int:pk>/delete/", deal.delete, name="delete"),
    path("<int:pk>/facts/<str:key>/", deal.deal_fact, name="deal_fact"),
    path("<int:pk>/contacts/", participants.participant_add, name="participant_add"),
    path("<int:pk>/contacts/<int:contact_pk>/", participants.participant_change, name="participant_change"),
    path("pipelines/", pipelines.pipelines, name="pipelines"),
    path("pipelines/new/", pipelines.pipeline_new, name="pipeline_new"),
    path("pipelines/<int:pk>/", pipelines.pipeline, name="pipeline"),
    path("pipelines/<int:pk>/order/", pipelines.stage_order, name="stage_order"),
    path("pipelines/<int:pk>/stages/", pipelines.stage_add, name="stage_add"),
    path("pipelines/stages/<int:pk>/", pipelines.stage_change, name="stage_change"),
    path("pipelines/stages/<int:pk>/delete/", pipelines.stage_delete, name="stage_delete"),
    # Panels on record pages of the floor below.
    path("of-contact/<int:pk>/", panels.contact_tab, name="contact_tab"),
    path("of-contact/<int:pk>/side/", panels.contact_side, name="contact_side"),
    path("of-contact/<int:pk>/figure/", panels.contact_figure, name="contact_figure"),
    path("of-contact/<int:contact>/new/", deal.deal_new, name="contact_add"),
    path("of-account/<int:pk>/", panels.account_tab, name="account_tab"),
    path("of-account/<int:pk>/side/", panels.account_side, name="account_side"),
    path("of-account/<int:pk>/figure/", panels.account_figure, name="account_figure"),
    path("of-account/<int:account>/new/", deal.deal_new, name="account_add"),
]
