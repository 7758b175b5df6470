"""What every kind of block is: a pydantic schema that can render itself and say how it is edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from messaging.blocks import markup

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from messaging.blocks.theme import Ink

Control = Literal["line", "area", "rich", "url", "image", "choice", "range", "colour", "switch", "code", "items"]


def _link(value: str) -> str:
    url = markup.complete_url(value)
    if scheme := markup.refused_scheme(url):
        raise ValueError(_("links that begin with “%s:” are not allowed") % scheme)
    return url


# The words of people. Limits keep a block far below what clips a message in the inbox.
Line = Annotated[str, StringConstraints(max_length=500)]
Paragraphs = Annotated[str, StringConstraints(max_length=20_000)]
# Rich text is kept as it will be shown: what the sanitiser drops never reaches the editor either.
Rich = Annotated[Paragraphs, AfterValidator(markup.rich)]
Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_link)]
Colour = Annotated[str, StringConstraints(pattern=r"^(?:#[0-9a-fA-F]{6})?$")]
Align = Literal["left", "center", "right"]

ALIGNMENTS: tuple[tuple[str, StrPromise], ...] = (
    ("left", gettext_lazy("Left")),
    ("center", gettext_lazy("Centre")),
    ("right", gettext_lazy("Right")),
)
SPACES: tuple[tuple[str, StrPromise], ...] = (
    ("none", gettext_lazy("None")),
    ("small", gettext_lazy("Small")),
    ("normal", gettext_lazy("Normal")),
    ("large", gettext_lazy("Large")),
)
PADDING = {"none": 0, "small": 8, "normal": 12, "large": 28}


@dataclass(frozen=True)
class Setting:
    """One control of a block's form. `name` is a path into the schema (`left.image`)."""

    name: str
    label: str | StrPromise
    control: Control = "line"
    options: tuple[tuple[str, str | StrPromise], ...] = ()
    help: str | StrPromise = ""
    group: str | StrPromise = ""
    # The smallest, largest and step of a range.
    bounds: tuple[int, int, int] | None = None
    # The controls of each entry of `items`.
    item: tuple[Setting, ...] = ()

    def described(self) -> dict[str, Any]:
        """The control as the editor's script reads it."""
        return {
            "name": self.name,
            "label": str(self.label),
            "control": self.control,
            "options": [[value, str(label)] for value, label in self.options],
            "help": str(self.help),
            "group": str(self.group),
            "bounds": list(self.bounds) if self.bounds else None,
            "item": [setting.described() for setting in self.item],
        }


STYLE = gettext_lazy("Style")
BOX_SETTINGS = (
    Setting("space", gettext_lazy("Space above and below"), "choice", SPACES, group=STYLE),
    Setting(
        "background",
        gettext_lazy("Background"),
        "colour",
        group=STYLE,
        help=gettext_lazy("Empty: the background of the email."),
    ),
)


class Block(BaseModel):
    """One block of an email. A kind is a subclass in a file of its own, put into the registry by `register`."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    title: ClassVar[str | StrPromise]
    icon: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]
    # Required blocks are in every email and cannot be deleted in the editor.
    required: ClassVar[bool] = False
    # Stands below the sheet, on the ground of the email.
    outside: ClassVar[bool] = False

    # Given by the editor; says which block is meant while blocks move. Never shown.
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,40}$")] = ""
    space: Literal["none", "small", "normal", "large"] = "normal"
    background: Colour = ""

    @classmethod
    def kind_key(cls) -> str:
        """The registry's key of this kind."""
        return str(cls.model_fields["kind"].default)

    @classmethod
    def example(cls) -> Self:
        """A block as it arrives from the palette: with something in it to look at and write over."""
        return cls()

    @classmethod
    def upgrade(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Bring stored data of an earlier version up to this one."""
        return data

    def render(self, ink: Ink) -> str:
        """The block's HTML, to stand inside a table cell of the sheet."""
        raise NotImplementedError

    def padding(self) -> int:
        """Pixels above and below."""
        return PADDING[self.space]


Version = Annotated[Literal[1], Field(description="Counts up when the schema changes; see Block.upgrade.")]
