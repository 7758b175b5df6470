"""What the demo's campaigns say."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.blocks import Block, Theme, render_blocks
from messaging.blocks.bullets import Bullets, Point
from messaging.blocks.button import Button
from messaging.blocks.columns import Column, Columns
from messaging.blocks.divider import Divider
from messaging.blocks.footer import Footer
from messaging.blocks.heading import Heading
from messaging.blocks.quote import Quote
from messaging.blocks.starters import dumped
from messaging.blocks.text import Text
from messaging.models import Mailing
from messaging.models.mailing import Origin, Purpose

SITE = "https://velofleet.example"
HELLO = 'Hi {{ contact.first_name | default: "there" }},'


@dataclass(frozen=True)
class Letter:
    """One campaign: its words, and how well it did (shares of what was delivered)."""

    name: str
    subject: str
    preheader: str
    list_key: str
    days_ago: float
    blocks: tuple[Block, ...] = ()
    opened: float = 0.0
    clicked: float = 0.0
    left: float = 0.0


def _letter(heading: str, paragraphs: list[str], button: tuple[str, str], *more: Block) -> tuple[Block, ...]:
    body = "".join(f"<p>{words}</p>" for words in (HELLO, *paragraphs))
    return (
        Heading(text=heading),
        Text(html=body),
        Button(label=button[0], url=f"{SITE}{button[1]}"),
        *more,
        Footer.example(),
    )


SERVICE = Columns(
    left=Column(
        heading="Brake check", html="<p>Pads, discs and cables, on site.</p>", label="Book", url=f"{SITE}/brakes"
    ),
    right=Column(
        heading="Battery health",
        html="<p>Capacity test with a written report.</p>",
        label="Book",
        url=f"{SITE}/battery",
    ),
)
STORY = Quote(text="Our couriers lose no more mornings to flat tyres.", name="Amelia Hartmann", role="Northwind Bikes")
CHECKLIST = Bullets(
    items=(
        Point(text="Lights and reflectors"),
        Point(text="Tyre pressure and tread"),
        Point(text="Battery above 40 %"),
    ),
    marks="checks",
)

SENT = (
    Letter(
        "Spring fleet letter",
        "Your fleet after the winter",
        "What salt does to a chain, and what to do about it",
        "newsletter",
        182,
        _letter(
            "Ready for spring",
            [
                "salt and rain leave traces. Here is what we see in the workshop.",
                "Three checks take ten minutes a bike.",
            ],
            ("Read the checklist", "/spring"),
            CHECKLIST,
        ),
        0.46,
        0.11,
        0.006,
    ),
    Letter(
        "App release 4.2",
        "See every bike on one map",
        "The new release is out today",
        "product",
        121,
        _letter(
            "Every bike on one map",
            ["release 4.2 shows where your bikes are and which one needs service next."],
            ("See what is new", "/app/4-2"),
            Divider(),
            SERVICE,
        ),
        0.52,
        0.19,
        0.003,
    ),
    Letter(
        "Summer service week",
        "A free check for {{ account.name | default: 'your fleet' }}",
        "Only in the week of 6 July",
        "newsletter",
        96,
        _letter(
            "Summer service week",
            ["bring one bike or forty: we check brakes and batteries for free."],
            ("Book a slot", "/service-week"),
            SERVICE,
        ),
        0.49,
        0.16,
        0.007,
    ),
    Letter(
        "Test ride day Berlin",
        "Ride the new cargo bike before everybody else",
        "Tempelhofer Feld, 12 September, from 10 o’clock",
        "events",
        64,
        _letter(
            "Test ride day",
            ["eight cargo bikes, one airfield, no traffic lights."],
            ("Save my place", "/test-ride"),
            STORY,
        ),
        0.57,
        0.24,
        0.004,
    ),
    Letter(
        "Autumn fleet letter",
        "Autumn: what your fleet needs now",
        "Lights, leaves and an offer until Friday",
        "newsletter",
        33,
        _letter(
            "Autumn service week",
            [
                "book a winter check for your fleet before 30 November.",
                "Contracts that end this year keep their price.",
            ],
            ("Book a slot", "/autumn"),
            SERVICE,
            STORY,
        ),
        0.44,
        0.13,
        0.005,
    ),
    Letter(
        "New: theft protection",
        "A stolen bike, replaced within 48 hours",
        "Included in Full service from today",
        "product",
        6,
        _letter(
            "Replaced within 48 hours",
            ["from today, Full service includes a replacement bike."],
            ("Read how it works", "/theft"),
            CHECKLIST,
        ),
        0.41,
        0.12,
        0.004,
    ),
)
READY = Letter(
    "Winter check week",
    "{{ contact.first_name | default: 'Hello' }}, is your fleet ready for the frost?",
    "Free battery check until 18 December",
    "newsletter",
    0,
    _letter(
        "Winter check week",
        [
            "cold nights cost a battery up to a third of its range.",
            "{% if contact.fields.fleet_size %}For your {{ contact.fields.fleet_size }} bikes we plan half a day.{% else %}One bike takes twenty minutes.{% endif %}",
        ],
        ("Choose a day", "/winter"),
        SERVICE,
        CHECKLIST,
    ),
)
DRAFT = Letter(
    "Year in review",
    "",
    "",
    "newsletter",
    0,
    _letter("Our year together", ["(numbers to come)"], ("See the numbers", "/2026")),
)

WELCOME = (
    (
        "Welcome to Velo Fleet Services",
        "Good to have you here.\n\nEvery month we send one letter: stories of fleets like yours, service tips and now and then an offer.\n\n[Meet the team](https://velofleet.example/team)",
    ),
    (
        "Three habits of fleets that never stand still",
        "Check the tyres on Mondays, charge to 80 %, and write down every fall.\n\nThat is all. The fleets that do it call us half as often.",
    ),
    (
        "Shall we look at your fleet together?",
        "A call of fifteen minutes tells us both whether we can help {{ account.name | default: 'you' }}.\n\n[Choose a time](https://velofleet.example/call)",
    ),
)


def make_mailing(letter: Letter) -> Mailing:
    """The mailing of a campaign, in a form that the editor opens."""
    return Mailing.objects.create(
        purpose=Purpose.MARKETING,
        origin=Origin.CAMPAIGN,
        name=letter.name,
        subject=letter.subject,
        preheader=letter.preheader,
        from_name="Velo Fleet Services",
        from_email="hello@velofleet.example",
        blocks=dumped(letter.blocks),
        html=render_blocks(list(letter.blocks), Theme(), title=letter.name),
    )
