"""Pipelines: made with their stages, which are renamed, sorted, and deleted while they hold nothing."""

from __future__ import annotations

from django.test import Client

from deals.models import Pipeline, Stage
from tests.deals.conftest import Trade


def stages(pipeline: Pipeline) -> list[str]:
    return [stage.name for stage in Stage.objects.filter(pipeline=pipeline).order_by("position")]


def test_a_pipeline_is_made_with_its_stages(as_alice: Client) -> None:
    as_alice.post(
        "/deals/pipelines/new/", {"name": "Sales", "currency": "EUR", "stages": "Lead\n\n Offer \nLead\nDone"}
    )
    made = Pipeline.objects.get()
    assert stages(made) == ["Lead", "Offer", "Done"]
    assert list(made.stages.values_list("probability", flat=True)) == [25, 50, 75]
    page = as_alice.post("/deals/pipelines/new/", {"name": "Sales", "currency": "EUR", "stages": "x"}).content.decode()
    assert "Another pipeline has this name." in page


def test_stages_are_sorted_renamed_added_and_deleted_while_empty(as_alice: Client, trade: Trade) -> None:
    trade.deal(stage=trade.offer)
    url = f"/deals/pipelines/{trade.pipeline.pk}/"
    order = f"{trade.contract.pk},{trade.lead.pk},{trade.offer.pk}"
    assert as_alice.post(f"{url}order/", {"order": order}).status_code == 204
    assert stages(trade.pipeline) == ["Contract", "Lead", "Offer"]
    as_alice.post(f"/deals/pipelines/stages/{trade.lead.pk}/", {"name": "First", "probability": "10"})
    as_alice.post(f"/deals/pipelines/stages/{trade.lead.pk}/", {"name": "Offer", "probability": "10"})
    as_alice.post(f"{url}stages/", {"name": "Last", "probability": "90"})
    as_alice.post(f"/deals/pipelines/stages/{trade.contract.pk}/delete/")
    assert stages(trade.pipeline) == ["First", "Offer", "Last"]
    page = as_alice.post(f"/deals/pipelines/stages/{trade.offer.pk}/delete/", follow=True).content.decode()
    assert "It holds 1 deal." in page
    as_alice.post(url, {"name": "Renamed"})
    assert Pipeline.objects.get().name == "Renamed"


def test_only_administrators_change_pipelines(as_bob: Client, trade: Trade) -> None:
    assert as_bob.get("/deals/pipelines/").status_code == 403
    assert as_bob.post(f"/deals/pipelines/stages/{trade.lead.pk}/delete/").status_code == 403
