"""The end of every campaign: who sends it, where they are, and how to leave."""

from __future__ import annotations

from typing import Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.blocks import markup
from messaging.blocks.base import ALIGNMENTS, BOX_SETTINGS, Align, Block, Line, Paragraphs, Setting, Version
from messaging.blocks.registry import register
from messaging.blocks.theme import Ink


@register
class Footer(Block):
    """Company, postal address, unsubscribe and view in browser. Required by law and by the big inboxes."""

    kind: Literal["footer"] = "footer"
    version: Version = 1
    note: Paragraphs = ""
    unsubscribe: Line = ""
    preferences: Line = ""
    view: Line = ""
    align: Align = "center"

    required = True
    outside = True
    title = gettext_lazy("Footer")
    icon = "address-book"
    settings = (
        Setting("note", gettext_lazy("Why they get this"), "area"),
        Setting(
            "unsubscribe",
            gettext_lazy("Words of the unsubscribe link"),
            help=gettext_lazy("The company's name and postal address are filled in from the settings."),
        ),
        Setting("preferences", gettext_lazy("Words of the preferences link"), help=gettext_lazy("Empty: no link.")),
        Setting("view", gettext_lazy("Words of the view-in-browser link"), help=gettext_lazy("Empty: no link.")),
        Setting("align", gettext_lazy("Alignment"), "choice", ALIGNMENTS),
        *BOX_SETTINGS,
    )

    @classmethod
    def example(cls) -> Self:
        """The usual words."""
        return cls(
            note=_("You get this email because you are on our list “{{ list.name }}”."),
            unsubscribe=_("Unsubscribe"),
            preferences=_("Email preferences"),
            view=_("View in browser"),
        )

    def render(self, ink: Ink) -> str:
        """The note, the sender with the address, and the links. The unsubscribe link is there whatever its words."""
        style = f"{ink.body(colour=ink.quiet, size=13)}text-align:{self.align};"
        look = f"color:{ink.quiet};text-decoration:underline;"
        links = " &nbsp;&middot;&nbsp; ".join(
            f'<a href="{{{{ {target} }}}}" class="quiet" style="{look}">{label}</a>'
            for target, label in (
                ("unsubscribe_url", markup.text(self.unsubscribe.strip() or _("Unsubscribe"))),
                ("preferences_url", markup.text(self.preferences.strip())),
                ("view_url", markup.text(self.view.strip())),
            )
            if label
        )
        note = f'<p class="quiet" style="{style}margin:0 0 8px;">{markup.lines(self.note)}</p>' if self.note else ""
        sender = "{{ sender.company }} &middot; {{ sender.address }}"
        return (
            f'{note}<p class="quiet" style="{style}margin:0 0 8px;">{sender}</p>'
            f'<p class="quiet" style="{style}">{links}</p>'
        )
