"""What Home shows. Every part costs a fixed number of quick queries, however many rows there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from contacts.models import Activity, Contact, Job, Organization, Subscription
from deals.models import Deal
from messaging.models import MailingStats, Provider

if TYPE_CHECKING:
    from contacts.models import User

# Counting further than this would read the whole table for a figure nobody reads to the last digit.
CAP = 10_000
MONTH = timedelta(days=30)
STREAM_LENGTH = 12
# An import or a blast writes a line for each person; ten times over leaves enough others.
STREAM_READ = STREAM_LENGTH * 10
# That three people replied is three pieces of news; that three hundred were tagged is one.
TOLD_EACH = 3


@dataclass(frozen=True)
class Figure:
    """A key figure: its words, and where it leads."""

    label: str
    value: int
    # Empty: a count (which may have been capped); else an amount in this currency.
    currency: str = ""
    note: str = ""
    tone: str = ""
    url_name: str = ""


@dataclass(frozen=True)
class Step:
    """One thing to do before the first campaign can leave."""

    title: str
    text: str
    icon: str
    url_name: str
    done: bool


@dataclass(frozen=True)
class Happening:
    """An entry of the stream, and how many like it were left out."""

    entry: Activity
    more: int


def capped_count(rows: QuerySet[Any], cap: int = CAP) -> int:
    """How many rows, counted to `cap` + 1 at most (the filter `capped` says "10,000+")."""
    return rows.order_by()[: cap + 1].count()


def mail_figures(now: datetime) -> dict[str, int]:
    """Campaign mail of the last 30 days, from figures kept by increments: sent, opened, clicked."""
    recent = MailingStats.objects.filter(mailing__campaign__started_at__gte=now - MONTH)
    found = recent.aggregate(sent=Sum("sent"), opened=Sum("opened"), clicked=Sum("clicked"))
    return {name: value or 0 for name, value in found.items()}


def figures(user: User, now: datetime) -> list[Figure]:
    """The key figures this user may see."""
    shown: list[Figure] = []
    if user.can("contacts.view"):
        new = capped_count(Contact.objects.visible_to(user).filter(created_at__gte=now - MONTH))
        note = _("+%(n)s this month") % {"n": f"{CAP:,}+" if new > CAP else f"{new:,}"} if new else ""
        count = capped_count(Contact.objects.visible_to(user))
        shown.append(Figure(_("Contacts"), count, "", note, "green", "contacts:overview"))
        active = capped_count(Subscription.objects.active())
        shown.append(Figure(_("Active subscriptions"), active, url_name="contacts:lists"))
    if user.can("campaigns.view"):
        mail = mail_figures(now)
        rate = f"{mail['opened'] / mail['sent']:.0%} {_('opened')}" if mail["sent"] else ""
        shown.append(Figure(_("Campaign mail, 30 days"), mail["sent"], "", rate, "azure", "campaigns:overview"))
    if user.can("deals.view"):
        shown.append(deal_figure(user))
    return shown


def deal_figure(user: User) -> Figure:
    """What the open deals are worth, in the currency most of it is in; others are only mentioned."""
    rows = Deal.objects.visible_to(user).open().order_by().values("currency").annotate(worth=Sum("value"))
    sums = sorted(((row["worth"] or Decimal(0), row["currency"]) for row in rows), reverse=True)
    if not sums:
        return Figure(_("Open deals"), 0, url_name="deals:board")
    note = _("and other currencies") if len(sums) > 1 else ""
    worth, currency = sums[0]
    return Figure(_("Open deals"), round(worth), currency, note, url_name="deals:board")


def recent_campaigns(user: User) -> list[Campaign]:
    """The newest campaigns with their figures."""
    return list(Campaign.objects.visible_to(user).select_related("mailing__stats").order_by("-id")[:6])


def under_way(user: User) -> tuple[list[Campaign], list[Job]]:
    """What is being done right now: campaigns that are sending, jobs that are not finished."""
    sending = Campaign.objects.visible_to(user).filter(status__in=("sending", "paused"))
    jobs = Job.objects.visible_to(user).filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))
    return list(sending.select_related("mailing__stats").order_by("-id")[:5]), list(jobs.order_by("-id")[:5])


def campaign_chart(campaigns: Iterable[Campaign]) -> dict[str, Any] | None:
    """Opens and clicks of the newest sent campaigns in percent, oldest first; None when there are fewer than two."""
    rows = [(c.name, stats) for c in campaigns if (stats := stats_of(c)) and stats.sent]
    if len(rows) < 2:
        return None
    rows.reverse()
    opened = [round(100 * stats.opened / stats.sent, 1) for _name, stats in rows]
    clicked = [round(100 * stats.clicked / stats.sent, 1) for _name, stats in rows]
    return {
        "labels": [name if len(name) < 25 else f"{name[:24]}…" for name, _stats in rows],
        "series": [
            {"label": _("Opened, %"), "tone": "indigo", "values": opened},
            {"label": _("Clicked, %"), "tone": "green", "values": clicked},
        ],
    }


def stats_of(campaign: Campaign) -> MailingStats | None:
    """A campaign's figures; None before it was started."""
    return getattr(campaign.mailing, "stats", None)


def happenings(user: User) -> list[Happening]:
    """The newest entries of the log. What happened more than `TOLD_EACH` times lately is one line with a number."""
    if not user.can("contacts.view"):
        return []
    rows = list(Activity.objects.select_related("contact", "by").order_by("-id")[:STREAM_READ])
    times = Counter((entry.kind, entry.by_id) for entry in rows)
    told: set[tuple[str, int | None]] = set()
    shown: list[Happening] = []
    for entry in rows:
        same = (entry.kind, entry.by_id)
        if same not in told:
            many = times[same] > TOLD_EACH
            told |= {same} if many else set()
            shown.append(Happening(entry, times[same] - 1 if many else 0))
    return shown[:STREAM_LENGTH]


def first_steps(user: User) -> list[Step]:
    """What is left to do before the first campaign; empty when all is done or the user could do none of it."""
    if not user.can("campaigns.edit"):
        return []
    steps = [
        Step(
            _("Say who you are"),
            _("Name and postal address: every campaign must show them in its footer."),
            "building-store",
            "settings_organization",
            bool(Organization.current().postal_address),
        ),
        Step(
            _("Bring in your contacts"),
            _("A CSV file, or one by one. Nobody who unsubscribed is ever subscribed again."),
            "file-import",
            "contacts:import",
            Contact.objects.exists(),
        ),
        Step(
            _("Write the first campaign"),
            _("Choose lists, write, look at it on a phone, send yourself a test."),
            "send",
            "campaigns:create",
            Campaign.objects.filter(started_at__isnull=False).exists(),
        ),
        Step(
            _("Connect a way out"),
            _("Until a provider is set up, mail is captured here and nothing leaves this machine."),
            "server",
            "messaging:providers",
            Provider.objects.filter(is_active=True).exclude(kind="capture").exists(),
        ),
    ]
    return [] if all(step.done for step in steps) else steps
