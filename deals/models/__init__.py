"""The state of deals."""

from deals.models.deal import Deal, DealContact
from deals.models.pipeline import Pipeline, Stage

__all__ = ["Deal", "DealContact", "Pipeline", "Stage"]
