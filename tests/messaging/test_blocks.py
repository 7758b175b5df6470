"""Blocks: what each kind promises, and what becomes of words, links and Liquid."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from messaging import blocks
from messaging.blocks import Block, BlocksInvalid, Setting, Theme, markup
from messaging.blocks.theme import Ink
from messaging.liquid import check

INK = Ink.on(Theme(), "#ffffff")
HOSTILE = '<script>alert(1)</script> & {{ contact.first_name | default: "you" }}'


def _paths(model: type[BaseModel], prefix: str = "") -> set[str]:
    """The schema's fields as settings name them; entries of `items` are described by the setting itself."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= _paths(kind, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


class BlockCases:
    """What every kind of block keeps. A new kind inherits this and names its key."""

    key: ClassVar[str]
    # Data whose words are hostile, and must be harmless in the HTML.
    hostile: ClassVar[dict[str, Any]] = {}

    @property
    def kind(self) -> type[Block]:
        kind = blocks.kind_of(self.key)
        assert kind is not None
        return kind

    def test_an_example_reads_back_as_it_was_stored(self) -> None:
        stored = blocks.dumped([self.kind.example()])
        assert blocks.dumped(blocks.read_blocks(stored)) == stored

    def test_every_field_can_be_edited_and_nothing_else(self) -> None:
        settings = {setting.name for setting in self.kind.settings}
        assert settings == _paths(self.kind) - {"id", "kind", "version"}

    def test_it_says_what_it_is(self) -> None:
        assert str(self.kind.title)
        assert self.kind.icon
        assert all(str(setting.label) for setting in self.kind.settings)

    def test_its_tags_are_known_to_the_checker(self) -> None:
        import messaging.personalisation  # noqa: F401  # the vocabulary of links and sender

        assert check(self.kind.example().render(INK)) == []

    def test_it_renders_empty(self) -> None:
        assert isinstance(self.kind().render(INK), str)

    def test_hostile_words_stay_words(self) -> None:
        if not self.hostile:
            return
        html = self.kind.model_validate(self.hostile).render(INK)
        assert "<script" not in html
        assert '{{ contact.first_name | default: "you" }}' in html


class TestHeading(BlockCases):
    key = "heading"
    hostile: ClassVar = {"text": HOSTILE}

    def test_lines_are_kept(self) -> None:
        assert "one<br>\ntwo" in self.kind.model_validate({"text": "one\ntwo"}).render(INK)


class TestText(BlockCases):
    key = "text"
    hostile: ClassVar = {"html": f"<p onclick='x()'>{HOSTILE}</p>"}

    def test_formatting_is_kept_and_event_handlers_are_not(self) -> None:
        html = self.kind.model_validate({"html": "<p onclick='x()'><strong>b</strong><iframe></iframe></p>"}).render(
            INK
        )
        assert "<strong>b</strong>" in html
        assert "onclick" not in html
        assert "iframe" not in html


class TestButton(BlockCases):
    key = "button"
    hostile: ClassVar = {"label": HOSTILE, "url": 'https://example.com/"><script>'}

    def test_a_link_may_hold_a_tag(self) -> None:
        url = 'https://example.com/?name={{ contact.first_name | default: "you" }}&b=1'
        html = self.kind.model_validate({"label": "Go", "url": url}).render(INK)
        assert 'href="https://example.com/?name={{ contact.first_name | default: "you" }}&amp;b=1"' in html

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", " JAVASCRIPT:x", "data:text/html,x", "vbscript:x", "file:///etc"]
    )
    def test_a_link_that_could_harm_is_refused_by_name(self, url: str) -> None:
        with pytest.raises(BlocksInvalid) as refused:
            blocks.read_blocks([{"kind": "divider"}, {"kind": "button", "url": url}])
        assert str(refused.value.problems[0]).startswith("Block 2 (Button), Link: links that begin with")


class TestImage(BlockCases):
    key = "image"
    hostile: ClassVar = {"src": "https://example.com/a.png", "alt": HOSTILE + '" onerror="x'}

    def test_a_place_is_kept_where_no_picture_is_chosen(self) -> None:
        assert "<img" not in self.kind().render(INK)


class TestColumns(BlockCases):
    key = "columns"
    hostile: ClassVar = {"left": {"heading": HOSTILE}, "right": {"html": HOSTILE}}


class TestList(BlockCases):
    key = "list"
    hostile: ClassVar = {"items": [{"text": HOSTILE}]}

    @pytest.mark.parametrize(("marks", "sign"), [("dots", "&#8226;"), ("numbers", "2."), ("checks", "&#10003;")])
    def test_points_are_marked(self, marks: str, sign: str) -> None:
        assert sign in self.kind.model_validate({"marks": marks, "items": [{"text": "a"}, {"text": "b"}]}).render(INK)


class TestQuote(BlockCases):
    key = "quote"
    hostile: ClassVar = {"text": HOSTILE, "name": HOSTILE, "role": HOSTILE}


class TestDivider(BlockCases):
    key = "divider"


class TestSpacer(BlockCases):
    key = "spacer"


class TestSocial(BlockCases):
    key = "social"


class TestRaw(BlockCases):
    key = "raw"

    def test_html_stands_as_written(self) -> None:
        assert "<marquee>x</marquee>" in self.kind.model_validate({"html": "<marquee>x</marquee>"}).render(INK)


class TestFooter(BlockCases):
    key = "footer"
    hostile: ClassVar = {"note": HOSTILE, "unsubscribe": HOSTILE}

    def test_it_names_the_sender_and_the_ways_out_even_when_emptied(self) -> None:
        html = self.kind().render(INK)
        assert "{{ sender.address }}" in html
        assert 'href="{{ unsubscribe_url }}"' in html
        assert ">Unsubscribe<" in html


def test_every_kind_has_its_cases() -> None:
    assert {kind.kind_key() for kind in blocks.kinds()} == {case.key for case in BlockCases.__subclasses__()}


def test_problems_name_block_and_field() -> None:
    with pytest.raises(BlocksInvalid) as refused:
        blocks.read_blocks(
            [
                {"kind": "heading", "text": "x" * 501},
                {"kind": "marquee"},
                {"kind": "list", "items": [{"text": "y" * 501}]},
            ]
        )
    assert [str(problem) for problem in refused.value.problems] == [
        "Block 1 (Heading), Text: too long, at most 500 characters",
        "Block 2 (marquee): there is no such kind of block",
        "Block 3 (List), Point: too long, at most 500 characters",
    ]
    assert refused.value.problems[2].name == "items.0.text"


@pytest.mark.parametrize("data", [None, "x", {"kind": "text"}, [1], [None], [{"kind": "text", "html": 3}]])
def test_what_is_no_list_of_blocks_is_refused(data: object) -> None:
    with pytest.raises(BlocksInvalid):
        blocks.read_blocks(data)


def test_a_document_has_all_blocks_by_id_and_the_footer_below_the_sheet() -> None:
    stored = blocks.default_blocks(heading="Spring <news>")
    html = blocks.render_blocks(blocks.read_blocks(stored), Theme(), title="A & B")
    assert html.startswith("<!DOCTYPE html>")
    assert "Spring &lt;news&gt;" in html
    assert "<title>A &amp; B</title>" in html
    assert [html.index(f'data-block="{block["id"]}"') for block in stored] == sorted(
        html.index(f'data-block="{block["id"]}"') for block in stored
    )
    assert html.index('class="outer"') > html.index('class="inner"')
    assert len(html.encode()) < 20_000


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#4f46e5", "#fde047", "#808080"])
def test_text_can_be_read_on_any_background(colour: str) -> None:
    from messaging.blocks.theme import luminance

    ink = Ink.on(Theme(), colour)
    for written in (ink.strong, ink.text):
        bright, dark = sorted((luminance(written), luminance(colour)), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 3.5


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.com", "https://example.com"),
        ("www.example.com/a?b=1", "https://www.example.com/a?b=1"),
        ("example.com:8080/x", "https://example.com:8080/x"),
        (" https://example.com ", "https://example.com"),
        ("ada@example.com", "mailto:ada@example.com"),
        ("mailto:ada@example.com", "mailto:ada@example.com"),
        ("{{ view_url }}", "{{ view_url }}"),
        ("#top", "#top"),
        ("", ""),
    ],
)
def test_links_are_completed_as_they_were_meant(typed: str, meant: str) -> None:
    assert markup.complete_url(typed) == meant


def test_the_preview_shows_tags_as_labels_and_never_inside_html_tags() -> None:
    html = (
        '<p>Hi {{ contact.first_name | default: "x" }}{% if contact.city %}!{% endif %}</p>'
        '<a href="{{ view_url }}">v</a>'
    )
    shown = blocks.show_liquid(html, {"contact.first_name": "First name"})
    assert '<span class="liquid">First name</span>' in shown
    assert '<span class="liquid logic">if contact.city</span>' in shown
    assert '<a href="#">v</a>' in shown


def test_liquid_survives_the_sanitiser() -> None:
    written = '<p>{% if contact.score > 3 and contact.city != "a" %}<b>x</b>{% endif %}</p>'
    assert markup.rich(written) == written


def test_a_setting_describes_itself_as_plain_data() -> None:
    assert Setting("a", "A").described()["control"] == "line"
