"""What the tests of deals share: a pipeline of three stages and a contact at an account."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from contacts.models import Account, Contact, User
from deals.actions.deals import DealFacts, create_deal
from deals.models import Deal, Pipeline, Stage


@dataclass
class Trade:
    """A pipeline, a contact at an account, and Sally who sells."""

    sally: User
    pipeline: Pipeline
    lead: Stage
    offer: Stage
    contract: Stage
    account: Account
    amelia: Contact

    def deal(self, title: str = "Fleet", value: int = 14900, stage: Stage | None = None) -> Deal:
        """A deal with Amelia."""
        facts: DealFacts = {"value": Decimal(value), "owner": self.sally}
        return create_deal(title=title, stage=stage or self.lead, contact=self.amelia, facts=facts, by=self.sally)


def make_trade() -> Trade:
    """Everything, written to the database."""
    pipeline = Pipeline.objects.create(name="Sales", currency="EUR")
    names = ("Lead", "Offer", "Contract")
    stages = [Stage.objects.create(pipeline=pipeline, name=name, position=n) for n, name in enumerate(names)]
    account = Account.objects.create(name="Northwind Bikes")
    amelia = Contact.objects.create(email="amelia@example.com", first_name="Amelia", account=account)
    sally = User.objects.create(email="sally@example.com", first_name="Sally", role="sales")
    lead, offer, contract = stages
    return Trade(sally, pipeline, lead, offer, contract, account, amelia)


@pytest.fixture
def trade(db: None) -> Trade:
    """A pipeline of three stages, a contact at an account, and who sells to them."""
    return make_trade()
