"""Addresses for recipients and providers, below /e/. They stand in mail for years: never change one."""

from __future__ import annotations

from django.urls import path

from messaging import public, webhooks

app_name = "mail_public"
urlpatterns = [
    path("o/<str:token>.gif", public.open_pixel, name="open"),
    path("c/<str:token>/<int:number>", public.click, name="click"),
    path("u/<str:token>", public.unsubscribe, name="unsubscribe"),
    path("p/<str:token>", public.preference_page, name="preferences"),
    path("v/<str:token>", public.view_in_browser, name="view"),
    path("confirm/<str:token>", public.confirm_subscription, name="confirm"),
    path("hooks/<int:pk>/<str:secret>/", webhooks.receive, name="webhook"),
    path("sender/<str:token>", public.verify_sender, name="verify_sender"),
]
