"""All addresses. Each app brings its own `urls.py`; add its include here."""

from django.contrib import admin
from django.urls import include, path

from crm import public
from crm.views.home import home
from crm.views.search import search
from crm.views.styleguide import styleguide

urlpatterns = [
    path("", home, name="home"),
    path("search/", search, name="search"),
    path("styleguide/", styleguide, name="styleguide"),
    path("healthz", public.healthz),
    path("readyz", public.readyz),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("deals/", include("deals.urls")),
    path("mail/", include("messaging.urls")),
    path("e/", include("messaging.public_urls")),
    path("campaigns/", include("campaigns.urls")),
    path("automations/", include("automations.urls")),
    path("", include("contacts.urls")),
]
