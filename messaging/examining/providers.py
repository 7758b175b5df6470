"""What `manage.py doctor` asks of the providers: are they in use, well, and able to read their passwords."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from contacts.operations import Examination, Finding, hint, ok, problem
from messaging import rates
from messaging.actions.providers import test_provider
from messaging.models import Provider
from messaging.providers import ProviderMisconfiguredError, kind_named
from messaging.secrets import SecretsUnreadableError, unseal

RECENTLY = timedelta(hours=1)


def _streams() -> Iterator[Finding]:
    active = list(Provider.objects.filter(is_active=True))
    for stream, words in (("broadcast", "campaigns and automations"), ("transactional", "transactional and 1:1 mail")):
        first = next((one for one in active if getattr(one, stream)), None)
        if first is None:
            yield problem(f"No active provider takes {words}: they wait.", "Take one into use under Providers.")
        elif first.kind == "capture":
            yield hint(
                f"Mail of {words} is captured: nothing leaves this machine.",
                "Add a provider under Providers, test it, and take it into use.",
            )


def _providers() -> Iterator[Finding]:
    yield from _streams()
    active = list(Provider.objects.filter(is_active=True))
    standings = rates.standings([one.pk for one in active])
    for one in active:
        found = list(_of_provider(one, standings[one.pk]))
        yield from found or [ok(f"{one.name} is in use.")]


def _of_provider(one: Provider, standing: rates.Standing) -> Iterator[Finding]:
    said = f" It said: {one.last_error[:200]}" if one.last_error else ""
    try:
        kind_named(one.kind).check(one.config, unseal(one.secrets))
    except SecretsUnreadableError as error:
        yield problem(f"The password of {one.name} cannot be read.", str(error))
    except ProviderMisconfiguredError as error:
        yield problem(f"{one.name} cannot work as it is set: {error}", "Correct it under Providers.")
    if one.paused_at:
        yield hint(
            f"{one.name} is paused since {one.paused_at:%Y-%m-%d %H:%M} UTC: its mail waits.",
            "Resume it on Operations.",
        )
    if standing.resting_for:
        yield problem(
            f"{one.name} cannot be reached and is left alone for {standing.resting_for} s.{said}",
            "Is the server up, and host, port and password right? Press Test under Providers.",
        )
    elif standing.eased_for:
        yield hint(
            f"{one.name} asked for less and gets half of its connections for {standing.eased_for} s.{said}",
            "If it goes on: lower messages per second and connections under Providers.",
        )
    elif one.last_error_at and timezone.now() - one.last_error_at < RECENTLY:
        yield hint(f"{one.name} had trouble within the hour.{said}", "See its answers on Operations.")


def _test_providers() -> Iterator[Finding]:
    """Connect and sign in; nothing is sent."""
    for one in Provider.objects.filter(is_active=True):
        result = test_provider(provider=one, message=None)
        if result.ok:
            yield ok(f"{one.name}: {result.words}")
        else:
            yield problem(f"{one.name}: {result.words}", "Correct it under Providers; its answer is in its own words.")


EXAMINATIONS = (
    Examination("providers", "Providers", _providers, frozenset({"database", "redis"}), order=40),
    Examination("provider_test", "Provider test", _test_providers, option="providers", order=41),
)
