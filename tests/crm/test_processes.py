"""The fixtures other tests build on: real workers, a real web server, a real browser."""

import pytest
from playwright.sync_api import Page, expect

from crm import health
from tests.fixtures.processes import Stack, Workers, wait_until
from tests.fixtures.world import World


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
