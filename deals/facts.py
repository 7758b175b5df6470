"""The facts of a deal, as they are shown and edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.translation import gettext as _

from contacts.inplace import Fact
from contacts.look import format_money

if TYPE_CHECKING:
    from deals.models import Deal


def deal_facts(deal: Deal) -> list[Fact]:
    """What is known of a deal, in the order of the page."""
    account, owner, close = deal.account, deal.owner, deal.expected_close_on
    return [
        Fact("title", _("Title"), deal.title),
        Fact("value", _("Value"), format_money(deal.value, deal.currency)),
        Fact("expected_close_on", _("Expected close"), formats.date_format(close, "j M Y") if close else ""),
        Fact("account", _("Account"), account.name if account else "", account.get_absolute_url() if account else ""),
        Fact("owner", _("Owner"), owner.name if owner else ""),
    ]
