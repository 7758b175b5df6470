"""Staff, companies, contacts, lists and tags of the demo."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from contacts.models import (
    Account,
    Activity,
    Contact,
    ContactTag,
    CustomField,
    FieldValue,
    MailingList,
    Organization,
    Role,
    Subscription,
    Tag,
    User,
)
from crm.demo import names

# Shown on the sign-in page's console output; the demo only ever runs on the machine of whoever tries it.
PASSWORD = "welcome-to-relay"
STAFF = (
    ("dana@relay.example", "Dana", "Ruiz", Role.ADMINISTRATOR, "Sales"),
    ("mira@relay.example", "Mira", "Hansen", Role.MARKETER, "Marketing"),
    ("sam@relay.example", "Sam", "Oduya", Role.SALES, "Sales"),
    ("charlie@relay.example", "Charlie", "Brandt", Role.READ_ONLY, "Finance"),
)
# A name longer than any layout expects: whoever builds a page sees at once whether it holds.
LONGEST_NAME = ("Maximiliane-Alexandra Theodora", "von Hohenstaufen-Wittelsbach zu Sayn-Berleburg")


@dataclass
class Team:
    """The demo's staff."""

    dana: User
    mira: User
    sam: User
    charlie: User

    @property
    def sellers(self) -> list[User]:
        """Who owns contacts and deals."""
        return [self.dana, self.sam]


def make_organization() -> Organization:
    """Who sends: a made-up seller of bicycle fleets."""
    organization = Organization.current()
    organization.name = "Velo Fleet Services"
    organization.postal_address = "Velo Fleet Services GmbH\nHafenstraße 12\n10115 Berlin, Germany"
    organization.website = "https://velofleet.example"
    organization.time_zone = "Europe/Berlin"
    organization.default_from_name = "Velo Fleet Services"
    organization.default_from_email = "hello@velofleet.example"
    organization.save()
    return organization


def make_team() -> Team:
    """Four users, one a role; Dana is the administrator."""
    users = []
    for email, first, last, role, job in STAFF:
        is_admin = role == Role.ADMINISTRATOR
        users.append(
            User.objects.create_user(
                email,
                PASSWORD,
                first_name=first,
                last_name=last,
                role=role,
                job_title=job,
                time_zone="Europe/Berlin",
                is_staff=is_admin,
                is_superuser=is_admin,
            )
        )
    return Team(*users)


def make_accounts(random: Random, team: Team, now: datetime) -> list[Account]:
    """All combinations of the company words, each with its own domain."""
    made = []
    for first in names.COMPANY_FIRST:
        for second in names.COMPANY_SECOND:
            city, country, _zone, dial = random.choice(names.PLACES)
            made.append(
                Account(
                    name=f"{first} {second}",
                    domain=f"{first}{second}.example".lower(),
                    website=f"https://{first}{second}.example".lower(),
                    phone=f"{dial} {random.randint(1000, 9999)} {random.randint(100, 999)}",
                    city=city,
                    country=country,
                    owner=random.choice(team.sellers),
                )
            )
    return Account.objects.bulk_create(made)


def _plain(word: str) -> str:
    spelled = word.translate(str.maketrans("øØŁłı", "oOLli"))
    letters = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return "".join(letter for letter in letters.lower() if letter.isalnum())


def make_contacts(random: Random, team: Team, accounts: list[Account], now: datetime, count: int) -> list[Contact]:
    """People at these companies; the first is the one of the pictures, the second has the longest name."""
    made: list[Contact] = []
    taken: set[str] = set()
    for index in range(count):
        account = accounts[0] if index < 6 else random.choice(accounts)
        first, last = _name(random, index)
        local = f"{_plain(first)}.{_plain(last)}"[:60] if index else "amelia"
        while f"{local}@{account.domain}" in taken:
            local = f"{local}{random.randint(2, 99)}"
        taken.add(f"{local}@{account.domain}")
        city, country, zone, dial = names.PLACES[0] if index == 0 else random.choice(names.PLACES)
        made.append(
            Contact(
                email=f"{local}@{account.domain}",
                first_name=first,
                last_name=last,
                phone=f"{dial} {random.randint(1000, 9999)} {random.randint(1000, 9999)}"
                if random.random() < 0.6
                else "",
                job_title=names.JOBS[0] if index == 0 else random.choice(names.JOBS),
                city=city,
                country=country,
                time_zone=zone,
                account=account,
                owner=team.dana if index == 0 else random.choice(team.sellers) if random.random() < 0.7 else None,
                score=78 if index == 0 else int(random.triangular(0, 100, 12)),
                source=random.choice(("import", "form", "form", "by hand")),
            )
        )
    Contact.objects.bulk_create(made, batch_size=1000)
    # Oldest first, as ids are: "newest first" goes by id.
    ages = sorted((random.triangular(2, 720, 90) + random.random() for _ in made), reverse=True)
    for contact, days in zip(made, ages, strict=True):
        contact.created_at = now - timedelta(days=days)
    Contact.objects.bulk_update(made, ["created_at"], batch_size=1000)
    return made


def _name(random: Random, index: int) -> tuple[str, str]:
    if index == 0:
        return "Amelia", "Hartmann"
    if index == 1:
        return LONGEST_NAME
    return random.choice(names.FIRST), random.choice(names.LAST)


def make_lists(random: Random, contacts: list[Contact], now: datetime) -> dict[str, MailingList]:
    """Three lists; most people are on the newsletter, some left, a few bounced or never confirmed."""
    lists = {
        "newsletter": MailingList.objects.create(
            name="Newsletter", description="Monthly: fleet stories, service tips and offers."
        ),
        "product": MailingList.objects.create(name="Product updates", description="New bikes, parts and app releases."),
        "events": MailingList.objects.create(
            name="Events", description="Invitations to test rides and fairs.", double_opt_in=True
        ),
    }
    shares = {"newsletter": 0.8, "product": 0.45, "events": 0.25}
    made: list[Subscription] = []
    for key, mailing_list in lists.items():
        for index, contact in enumerate(contacts):
            if index < 2 or random.random() < shares[key]:
                made.append(_subscription(random, contact, mailing_list, sure=index < 2))
    Subscription.objects.bulk_create(made, batch_size=2000)
    Activity.objects.bulk_create([_joined(one) for one in made], batch_size=2000)
    return lists


def _subscription(random: Random, contact: Contact, mailing_list: MailingList, *, sure: bool) -> Subscription:
    status = (
        "active"
        if sure
        else random.choices(
            ["active", "unsubscribed", "bounced", "unconfirmed"], [86, 8, 3, 3 if mailing_list.double_opt_in else 0]
        )[0]
    )
    joined = contact.created_at + timedelta(minutes=random.randint(1, 2000))
    later = joined + timedelta(days=random.randint(1, 60))
    return Subscription(
        contact=contact,
        list=mailing_list,
        status=status,
        source=contact.source,
        subscribed_at=None if status == "unconfirmed" else joined,
        unsubscribed_at=later if status == "unsubscribed" else None,
        bounced_at=later if status == "bounced" else None,
    )


def _joined(subscription: Subscription) -> Activity:
    kind = "list.requested" if subscription.status == "unconfirmed" else "list.subscribed"
    data = {
        "list_id": subscription.list_id,
        "list_name": subscription.list.name,
        "source": subscription.source,
    }
    when = subscription.subscribed_at or subscription.contact.created_at
    return Activity(contact=subscription.contact, kind=kind, occurred_at=when, data=data)


def make_tags(random: Random, contacts: list[Contact]) -> None:
    """A few tags, some people with several."""
    tags = Tag.objects.bulk_create([Tag(name=name) for name in names.TAGS])
    made, told = [], []
    for index, contact in enumerate(contacts):
        for tag in tags[:3] if index == 0 else random.sample(tags, random.choices([0, 1, 2], [60, 30, 10])[0]):
            made.append(ContactTag(contact=contact, tag=tag))
            when = contact.created_at + timedelta(hours=random.randint(1, 300))
            told.append(
                Activity(contact=contact, kind="tag.added", occurred_at=when, data={"tag_id": tag.pk, "tag": tag.name})
            )
    ContactTag.objects.bulk_create(made, batch_size=2000)
    Activity.objects.bulk_create(told, batch_size=2000)


def make_fields(random: Random, contacts: list[Contact], now: datetime) -> None:
    """Three custom fields, each with a typed value for many contacts."""
    size = CustomField.objects.create(key="fleet_size", label="Fleet size", kind="number", group="Fleet", position=1)
    ends = CustomField.objects.create(
        key="contract_ends", label="Contract ends", kind="date", group="Fleet", position=2
    )
    plan = CustomField.objects.create(
        key="plan", label="Plan", kind="dropdown", options=["Basic", "Plus", "Full service"], group="Fleet", position=3
    )
    made = []
    for index, contact in enumerate(contacts):
        if index and random.random() < 0.4:
            continue
        bikes = 40 if index == 0 else random.choice((4, 6, 10, 12, 20, 25, 40, 60, 120))
        day = (now + timedelta(days=random.randint(-60, 400))).date()
        made += [
            FieldValue(contact=contact, field=size, text=str(bikes), number=bikes),
            FieldValue(contact=contact, field=ends, text=day.isoformat(), date=day),
            FieldValue(contact=contact, field=plan, text=random.choice(plan.options)),
        ]
    FieldValue.objects.bulk_create(made, batch_size=2000)
