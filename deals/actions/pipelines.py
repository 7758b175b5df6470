"""Writes of pipelines and their stages."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Max

from contacts.activity import record
from contacts.models import User
from deals import kinds
from deals.models import Deal, Pipeline, Stage


class NameTaken(Exception):
    """Another pipeline, or another stage of this one, has this name."""

    permanent = True


class StageInUse(Exception):
    """The stage holds deals, open or closed, or is the last of its pipeline. `deals` says how many."""

    permanent = True

    def __init__(self, deals: int) -> None:
        super().__init__("the stage is in use")
        self.deals = deals


def _log(pipeline: Pipeline, by: User | None) -> None:
    """Write down who changed a pipeline."""
    record(kinds.PIPELINE_CHANGED.key, by=by, pipeline_id=pipeline.pk, name=pipeline.name)


@transaction.atomic
def create_pipeline(*, name: str, currency: str, stages: Sequence[str], by: User | None) -> Pipeline:
    """Make a pipeline with stages, their chances rising evenly. Raises NameTaken."""
    last = Pipeline.objects.aggregate(last=Max("position"))["last"]
    try:
        with transaction.atomic():
            made = Pipeline.objects.create(name=name.strip(), currency=currency, position=(last or 0) + 1)
    except IntegrityError:
        raise NameTaken from None
    steps = len(stages) + 1
    Stage.objects.bulk_create(
        Stage(pipeline=made, name=stage, position=place, probability=100 * (place + 1) // steps)
        for place, stage in enumerate(stages)
    )
    _log(made, by)
    return made


@transaction.atomic
def rename_pipeline(*, pipeline: Pipeline, name: str, by: User | None) -> Pipeline:
    """Give a pipeline another name. Raises NameTaken."""
    if pipeline.name == name.strip():
        return pipeline
    pipeline.name = name.strip()
    try:
        with transaction.atomic():
            pipeline.save(update_fields=["name"])
    except IntegrityError:
        raise NameTaken from None
    _log(pipeline, by)
    return pipeline


@transaction.atomic
def add_stage(*, pipeline: Pipeline, name: str, probability: int = 50, by: User | None) -> Stage:
    """Put a stage at a pipeline's end. Raises NameTaken."""
    last = pipeline.stages.aggregate(last=Max("position"))["last"]
    place = 0 if last is None else last + 1
    try:
        with transaction.atomic():
            made = Stage.objects.create(pipeline=pipeline, name=name.strip(), probability=probability, position=place)
    except IntegrityError:
        raise NameTaken from None
    _log(pipeline, by)
    return made


@transaction.atomic
def change_stage(*, stage: Stage, name: str, probability: int, by: User | None) -> Stage:
    """Set a stage's name and chance in percent. Raises NameTaken."""
    if (stage.name, stage.probability) == (name.strip(), probability):
        return stage
    stage.name, stage.probability = name.strip(), probability
    try:
        with transaction.atomic():
            stage.save(update_fields=["name", "probability"])
    except IntegrityError:
        raise NameTaken from None
    _log(stage.pipeline, by)
    return stage


@transaction.atomic
def order_stages(*, pipeline: Pipeline, order: Sequence[int], by: User | None) -> None:
    """Put a pipeline's stages in an order of ids; those not named keep their order behind the named ones."""
    places = {pk: place for place, pk in enumerate(order)}
    stages = sorted(
        Stage.objects.select_for_update().filter(pipeline=pipeline).order_by("position", "pk"),
        key=lambda stage: places.get(stage.pk, len(places) + stage.position),
    )
    moved = [stage for place, stage in enumerate(stages) if stage.position != place]
    for place, stage in enumerate(stages):
        stage.position = place
    if moved:
        Stage.objects.bulk_update(moved, ["position"])
        _log(pipeline, by)


@transaction.atomic
def delete_stage(*, stage: Stage, by: User | None) -> None:
    """Take an empty stage out of its pipeline. Raises StageInUse."""
    held = Deal.objects.filter(stage=stage).count()
    if held or stage.pipeline.stages.count() == 1:
        raise StageInUse(held)
    stage.delete()
    _log(stage.pipeline, by)
