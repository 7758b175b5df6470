"""Addresses of the automations."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "automations"
urlpatterns: list[URLPattern] = []
