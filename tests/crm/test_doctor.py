"""`manage.py doctor` says what is wrong and what to do, of things that are really broken."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from contacts import activity, handover, operations
from contacts.models import Activity, Job
from crm import health
from crm.stack import redis as redis_server
from crm.stack.children import start
from crm.stack.places import Places
from messaging import rates
from messaging.actions.dkim import activate_key, check_active_keys, make_key
from messaging.dkim.keys import record_name, record_value
from messaging.models import Claim, Message, Provider, SendingDomain
from messaging.outbox.drain import drain_lane
from tests.fixtures.dns import DnsServer
from tests.fixtures.processes import Workers
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts
from tests.messaging.outbox_rows import make_mailing, make_message

pytestmark = pytest.mark.django_db(transaction=True)

Findings = dict[str, list[dict[str, str]]]


@pytest.fixture(autouse=True)
def _well(redis_server: redis.Redis) -> None:
    """Workers of every lane and beat have shown themselves, and mail leaves by a provider."""
    health.note_worker(health.Worker("all@here", tuple(django_settings.LANES), 2))
    health.note_beat()
    for lane in django_settings.LANES:
        health.note_heartbeat(lane)


@pytest.fixture
def refresh_clients() -> Iterator[None]:
    """Clients are kept by process; a test that changes REDIS_URL wants others."""
    rates.client.cache_clear()
    yield
    rates.client.cache_clear()


def doctor(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, Findings]:
    """Exit status and findings, by what they are about."""
    capsys.readouterr()
    status = 0
    try:
        call_command("doctor", "--json", *options)
    except SystemExit as ended:
        status = int(ended.code or 0)
    facts = json.loads(capsys.readouterr().out)
    assert facts["well"] is (status == 0)
    found: Findings = {}
    for one in facts["findings"]:
        assert one["level"] == "ok" or len(one["remedy"]) > 10, one
        found.setdefault(one["about"], []).append(one)
    return status, found


def problems(found: Findings) -> dict[str, str]:
    told = {about: [one["words"] for one in all_ if one["level"] == "problem"] for about, all_ in found.items()}
    return {about: " | ".join(words) for about, words in told.items() if words}


def hints(found: Findings, about: str) -> str:
    return " ".join(one["words"] for one in found[about] if one["level"] == "hint")


Capsys = pytest.CaptureFixture[str]


def test_all_is_well_and_every_question_was_asked(capsys: Capsys, smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    SendingDomain.objects.create(domain="example.com", verified_at=timezone.now())
    status, found = doctor(capsys)
    assert (status, problems(found)) == (0, {})
    asked = {one.key for one in operations.examinations() if not one.option}
    assert set(found) == asked | {"database", "redis"}
    assert "BASE_URL names this machine only" in hints(found, "settings")


def test_people_get_a_line_for_each_answer_and_what_to_do(capsys: Capsys) -> None:
    Provider.objects.all().delete()
    with pytest.raises(SystemExit):
        call_command("doctor", "--quiet", "--no-color")
    lines = capsys.readouterr().out.splitlines()
    assert any(re.match(r" PROBLEM  Providers: No active provider takes campaigns", line) for line in lines)
    assert any(line.strip().startswith("→ Take one into use under Providers.") for line in lines)
    assert not any(line.strip().startswith("ok ") for line in lines)
    assert lines[-1] == "2 problems."


def test_a_redis_that_was_killed(
    capsys: Capsys, settings: Any, tmp_path: Path, servers: Places, refresh_clients: None
) -> None:
    """A server of the test's own, since the others need theirs."""
    places = Places(tmp_path)
    places.run.mkdir(parents=True, exist_ok=True)
    process = start(redis_server.program(places), tmp_path / "log")
    try:
        redis_server.wait_until_ready(places, process, tmp_path / "log")
        settings.REDIS_URL, settings.CELERY_BROKER_URL = places.redis_url, "memory://"
        _, found = doctor(capsys)
        assert "redis" not in problems(found)
        assert "W012" not in str(found["settings"]), "this one keeps what it holds"
        assert "No worker serves" in problems(found)["workers"], "it knows of none"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    status, found = doctor(capsys)
    assert status == 1
    assert "does not answer" in problems(found)["redis"]
    assert "Redis does not answer" in problems(found)["settings"]
    assert "workers" not in found, "nobody can say"
    assert found["late"][0]["level"] == "ok", "what the database knows is asked all the same"


def test_without_a_database_the_command_still_says_so(servers: Places) -> None:
    """As somebody would run it, where even Django's own checks of commands would fail."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "RELAY_TEST_DATABASE": "there_is_no_such_database",
    }
    command = [sys.executable, "manage.py", "doctor", "--no-color"]
    ran = subprocess.run(command, env=environment, cwd=django_settings.BASE_DIR, capture_output=True, text=True)
    assert ran.returncode == 1, ran.stderr
    assert re.search(r"PROBLEM  Database: It does not answer: .*there_is_no_such_database", ran.stdout), ran.stdout
    assert "→ Start PostgreSQL, or correct DATABASE_URL" in ran.stdout
    assert re.search(r"^ +ok  Redis: Redis \d", ran.stdout, re.M)
    assert "Traceback" not in ran.stdout + ran.stderr


def test_a_migration_that_is_not_applied(capsys: Capsys) -> None:
    call_command("migrate", "automations", "0003", verbosity=0)
    try:
        status, found = doctor(capsys)
    finally:
        call_command("migrate", verbosity=0)
    assert status == 1
    assert "automations.0004" in problems(found)["database"]
    assert "database" not in problems(doctor(capsys)[1])


@pytest.mark.stack
def test_a_worker_that_was_killed(capsys: Capsys, celery_workers: Workers, redis_server: redis.Redis) -> None:
    celery_workers.start_lanes(["campaign"], name="one", processes=1)
    everybody_else = tuple(lane for lane in django_settings.LANES if lane != "campaign")
    redis_server.zrem("relay:workers", json.dumps(["all@here", *django_settings.LANES, 2]))
    health.note_worker(health.Worker("rest@here", everybody_else, 1))
    health.note_beat()
    assert "workers" not in problems(doctor(capsys)[1])
    celery_workers.kill("one")
    # Half a minute passes.
    (member,) = (one for one in redis_server.zrange("relay:workers", 0, -1) if "one@" in str(one))
    redis_server.zadd("relay:workers", {str(member): 1})
    status, found = doctor(capsys)
    assert status == 1
    assert problems(found)["workers"] == "No worker serves: campaign."


def test_beat_that_is_away(capsys: Capsys, redis_server: redis.Redis) -> None:
    redis_server.delete("relay:beat")
    assert "Beat has not sent a word" in problems(doctor(capsys)[1])["beat"]


def test_workers_that_take_no_words(capsys: Capsys, redis_server: redis.Redis) -> None:
    redis_server.delete(health.heartbeat_key("campaign"))
    assert "campaign" in hints(doctor(capsys)[1], "workers")


def test_late_mail_and_a_dead_workers_batch(capsys: Capsys) -> None:
    blasts.capture_provider()
    mailing = blasts.blast(2)
    Message.objects.filter(mailing=mailing).update(not_before=timezone.now() - timedelta(hours=2))
    Claim.objects.create(
        id="00000000-0000-4000-8000-000000000000", lane="campaign", leased_until=timezone.now() - timedelta(minutes=5)
    )
    found = problems(doctor(capsys)[1])
    assert "Lane campaign is behind: its oldest message has been due for 120 min, 2 wait." in found["late"]
    assert "1 batches" in found["claims"]


def test_a_provider_that_cannot_be_reached_and_one_that_is_paused(capsys: Capsys) -> None:
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "local_hostname": "relay.example"}
    Provider.objects.create(name="Gone", kind="smtp", config=config)
    paused = Provider.objects.create(name="Held", kind="smtp", config=config, paused_at=timezone.now(), position=1)
    blasts.blast(1)
    drain_lane("campaign")
    _, found = doctor(capsys)
    assert "Gone cannot be reached and is left alone" in problems(found)["providers"]
    assert "refused" in problems(found)["providers"].lower(), "in its own words"
    assert f"{paused.name} is paused" in hints(found, "providers")
    assert "provider_test" not in found, "nobody else's server is asked unless it is wanted"
    _, found = doctor(capsys, "--providers")
    assert "Gone" in problems(found)["provider_test"]


def test_a_provider_whose_password_cannot_be_read(capsys: Capsys, settings: Any) -> None:
    from cryptography.fernet import Fernet

    from messaging.secrets import seal

    Provider.objects.create(name="P", kind="smtp", config={"host": "127.0.0.1"}, secrets=seal({"password": "x"}))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    _, found = doctor(capsys)
    assert "The password of P cannot be read." in problems(found)["providers"]


def test_a_provider_that_works_passes_its_test(capsys: Capsys, smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    _, found = doctor(capsys, "--providers")
    assert [one["level"] for one in found["provider_test"]] == ["ok"]
    assert smtp_server.received == [], "nothing was sent"


def test_captured_and_uncertain_mail_are_hints(capsys: Capsys) -> None:
    Provider.objects.all().delete()
    blasts.capture_provider()
    make_message(mailing=make_mailing(), state="uncertain")
    status, found = doctor(capsys)
    assert status == 0, problems(found)
    assert "nothing leaves this machine" in hints(found, "providers")
    assert "1 messages are uncertain" in hints(found, "uncertain")


def test_what_receivers_find_in_dns(capsys: Capsys, dns_server: DnsServer, smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)  # says relay.example in EHLO
    SendingDomain.objects.create(domain="good.example", verified_at=timezone.now())
    SendingDomain.objects.create(domain="bare.example", verified_at=timezone.now())
    dns_server.texts = {
        "good.example": ["v=spf1 include:mail.example -all", "something else"],
        "_dmarc.good.example": ["v=DMARC1; p=none"],
        "bare.example": ["v=spf1 -all", "v=spf1 +all"],
    }
    dns_server.others = {
        "relay.example": {"A": ["192.0.2.1"]},
        "1.2.0.192.in-addr.arpa": {"PTR": ["host-17.provider.example."]},
    }
    assert "dns" not in doctor(capsys)[1], "DNS is asked where it is wanted"
    status, found = doctor(capsys, "--dns")
    told = hints(found, "dns")
    assert (status, problems(found)) == (0, {})
    assert "good.example" not in told
    assert "bare.example has 2 SPF records." in told
    assert "bare.example has no DMARC record" in told
    assert "is not the reverse name of its address: that is host-17.provider.example." in told
    dns_server.others["1.2.0.192.in-addr.arpa"] = {"PTR": ["Relay.example."]}
    assert "reverse" not in hints(doctor(capsys, "--dns")[1], "dns")
    dns_server.failing.add("good.example")
    assert "DNS did not answer" in hints(doctor(capsys, "--dns")[1], "dns")


def test_a_signature_whose_record_is_gone(capsys: Capsys, dns_server: DnsServer, smtp_server: SmtpServer) -> None:
    provider = blasts.smtp_provider(smtp_server)
    Provider.objects.filter(pk=provider.pk).update(config=provider.config | {"sign_dkim": True})
    domain = SendingDomain.objects.create(domain="example.com", verified_at=timezone.now())
    assert "example.com leaves unsigned" in hints(doctor(capsys)[1], "signing")
    key = make_key(domain=domain, algorithm="ed25519", by=None)
    dns_server.texts[record_name(key.selector, "example.com")] = [record_value(key.algorithm, key.public_key)]
    activate_key(key=key, by=None)
    _, found = doctor(capsys, "--dns")
    assert "unsigned" not in hints(found, "signing")
    assert any("The record was found" in one["words"] for one in found["dns"])
    dns_server.texts.clear()
    status, found = doctor(capsys, "--dns")
    assert status == 1
    assert "no TXT record" in problems(found)["dns"]
    assert "signing" not in problems(found), "the last look of ours found it"
    check_active_keys()
    assert "was not found" in problems(doctor(capsys)[1])["signing"]


def test_failed_jobs_and_events(capsys: Capsys) -> None:
    def listener(entry: Activity) -> None:
        raise RuntimeError("the listener is broken")

    activity.listen("test.happened", listener)
    try:
        activity.record("test.happened", by=None)
        handover.hand_over()
        Job.objects.create(kind="x", title="Import", state="failed", error="no such column", finished_at=timezone.now())
        found = problems(doctor(capsys)[1])
    finally:
        activity._registry.listeners.pop("test.happened")
    assert "Import: no such column" in found["jobs"]
    assert "the listener is broken" in found["handovers"]


def test_settings_that_cannot_work(capsys: Capsys, settings: Any) -> None:
    settings.BASE_URL, settings.ENCRYPTION_KEYS = "crm.example.com", ["x"]
    _, found = doctor(capsys)
    words = " ".join(one["words"] for one in found["settings"])
    assert "(crm.E001)" in words
    assert "(crm.E006)" in words


def test_an_examination_that_the_database_breaks_off_ends_only_itself(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[operations.Finding]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM there_is_no_such_table")
        return []

    one = operations.Examination("broken", "Broken", broken, order=5)
    monkeypatch.setitem(operations._registry.examinations, "broken", one)
    _, found = doctor(capsys)
    assert "there_is_no_such_table" in problems(found)["broken"]
    assert "handovers" in found
