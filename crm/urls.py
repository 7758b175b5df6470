"""All addresses. Each app brings its own `urls.py`; add its include here."""

from django.contrib import admin
from django.urls import include, path

from crm import public
from crm.views import operations, organization, users
from crm.views.home import home, running
from crm.views.search import search
from crm.views.styleguide import styleguide

urlpatterns = [
    path("", home, name="home"),
    path("home/running/", running, name="home_running"),
    path("search/", search, name="search"),
    path("styleguide/", styleguide, name="styleguide"),
    path("settings/", organization.settings_home, name="settings"),
    path("settings/organization/", organization.organization, name="settings_organization"),
    path("settings/profile/", users.profile, name="settings_profile"),
    path("settings/users/", users.users, name="settings_users"),
    path("settings/users/invite/", users.invite, name="settings_invite"),
    path("settings/users/<int:user_id>/invite/", users.invite_again, name="settings_invite_again"),
    path("settings/users/<int:user_id>/role/", users.role, name="settings_user_role"),
    path("settings/users/<int:user_id>/activate/", users.activate, name="settings_user_activate"),
    path("operations/", operations.operations_page, name="operations"),
    path("operations/lanes/", operations.lanes, name="operations_lanes"),
    path("operations/hour/", operations.hour, name="operations_hour"),
    path("healthz", public.healthz),
    path("readyz", public.readyz),
    path("metrics", public.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("deals/", include("deals.urls")),
    path("mail/", include("messaging.urls")),
    path("e/", include("messaging.public_urls")),
    path("campaigns/", include("campaigns.urls")),
    path("automations/", include("automations.urls")),
    path("", include("contacts.urls")),
]
