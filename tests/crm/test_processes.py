"""The fixtures other tests build on: real workers, a real web server, a real browser."""

import pytest
from django.db import connection, transaction
from playwright.sync_api import Page, expect

from crm import health
from messaging.actions.transactional import send_transactional
from messaging.models import Message
from messaging.tasks import nudge
from tests.fixtures.processes import Stack, Workers, wait_until
from tests.fixtures.smtp import SmtpServer
from tests.fixtures.world import World
from tests.messaging.blasts import smtp_provider


@pytest.mark.stack
def test_a_killed_worker_leaves_no_process_behind_and_its_word_is_done_by_the_next(celery_workers: Workers) -> None:
    import psutil

    celery_workers.start_lanes(["default"])
    children = psutil.Process(celery_workers.pid("worker")).children(recursive=True)
    assert children
    celery_workers.kill("worker")
    wait_until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))
    celery_workers.start_lanes(["default"])
    assert health.look().lanes["default"] is not None


@pytest.mark.stack
def test_the_product_as_it_runs_shows_its_first_page_to_somebody_signed_in(
    live_stack: Stack, world: World, page: Page
) -> None:
    page.goto(live_stack.url)
    expect(page.locator("input[type=password]")).to_be_visible()
    live_stack.sign_in(page, world.alice)
    page.goto(live_stack.url)
    assert "/accounts/login" not in page.url


@pytest.mark.stack
def test_a_worker_keeps_its_connection_between_tasks_and_replaces_one_that_broke(
    celery_workers: Workers, smtp_server: SmtpServer
) -> None:
    smtp_server.purpose = "transactional"
    smtp_provider(smtp_server)
    celery_workers.start_lanes(["transactional"], processes=1)
    _send(smtp_server, "one@example.com")
    first = _backends()
    _send(smtp_server, "two@example.com")
    assert _backends() == first
    for pid in first:
        _end_backend(pid)
    _send(smtp_server, "three@example.com")
    assert (others := _backends()) and not others & first


def _send(smtp_server: SmtpServer, address: str) -> None:
    """Have a worker send a message, and wait until that is written down."""
    context = {"email": address, "url": "https://crm.example/reset/1"}
    with transaction.atomic():
        nudge(send_transactional(template="password-reset", to=address, context=context, by=None).lane)
    wait_until(lambda: smtp_server.to(address), what="the mail's arrival")
    wait_until(lambda: not Message.objects.exclude(state="sent").exists(), what="the mark")


def _backends() -> set[int]:
    """The database's processes that serve others than this test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def _end_backend(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.stack
def test_the_worker_of_campaigns_leaves_the_machine_to_those_for_whom_people_wait(celery_workers: Workers) -> None:
    import psutil

    celery_workers.start_lanes(["campaign"], name="worker-campaign", processes=1)
    worker = psutil.Process(celery_workers.pid("worker-campaign"))
    assert {one.nice() for one in (worker, *worker.children(recursive=True))} == {10}
