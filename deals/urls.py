"""Addresses of the deals."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "deals"
urlpatterns: list[URLPattern] = []
