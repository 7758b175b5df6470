"""Compiling: the author's HTML comes out as it was meant, with its Liquid, links and text part."""

import pytest
from hypothesis import given
from hypothesis import settings as of
from hypothesis import strategies as st

from messaging.compilation import (
    CompiledCache,
    CompiledMailing,
    CompileError,
    UnreadableCompilation,
    compile_mailing,
    render_slots,
    resolve_link,
)
from messaging.mime import render_html, render_subject, render_text
from tests.messaging.mailings import built, compiled, facts, recipient, source


def page(html: str, *, tracked: bool = False, values: dict[str, object] | None = None, **changed: object) -> str:
    mailing = compiled(html=html, **changed)
    return render_html(mailing, render_slots(mailing, values or recipient()), facts(), tracked=tracked)


def plain(html: str, values: dict[str, object] | None = None, **changed: object) -> str:
    mailing = compiled(html=html, **changed)
    return render_text(mailing, render_slots(mailing, values or recipient()), facts())


# Refusals


@pytest.mark.parametrize(
    ("changed", "part", "line"),
    [
        ({"html": "<p>\n{{ contact.frist_name }}</p>"}, "html", 2),
        ({"subject": "{{ nope }}"}, "subject", 1),
        ({"preheader": "{% if %}"}, "preheader", 1),
        ({"text": "a\nb\n{{ nope }}"}, "text", 3),
        ({"subject": "  "}, "subject", 1),
        ({"html": "", "text": " "}, "html", 1),
        ({"html": '<p>\n\n<b {% if contact.city %}id="x"{% endif %}>x</b>'}, "html", 3),
        ({"html": "<style>\n{% if contact.city %}p {color: red}{% endif %}</style><p>x</p>"}, "html", 2),
        ({"purpose": "one_to_one", "html": "<a href='{{ unsubscribe_url }}'>x</a>"}, "html", 1),
    ],
)
def test_a_mailing_with_a_mistake_is_refused(changed: dict[str, object], part: str, line: int) -> None:
    with pytest.raises(CompileError) as refused:
        compile_mailing(source(**changed))
    assert (refused.value.problems[0].part, refused.value.problems[0].line) == (part, line)


# HTML


def test_styles_go_into_elements_and_media_queries_stay() -> None:
    html = page("<style>p { color: red } @media (max-width: 600px) { p { color: blue } }</style><p>x</p>")
    assert '<p style="color: red;">x</p>' in html
    assert "@media (max-width: 600px)" in html


def test_no_stylesheet_is_loaded_from_anywhere() -> None:
    html = page('<link rel="stylesheet" href="file:///etc/passwd"><p>x</p>')
    assert "root:" not in html


def test_liquid_survives_wherever_it_stands() -> None:
    html = page(
        "<style>.w { width: {{ contact.fields.plan }}px }</style><title>{{ contact.first_name }}</title>"
        "<!--[if mso]><i>{{ contact.last_name }}</i><![endif]-->"
        '<p class="w" title="{{ contact.city | default: &quot;x&quot; }}" lang="{% if contact.city %}en{% endif %}">'
        "{{ contact.first_name | default: &#39;you&#39; }} &amp; co</p>"
    )
    assert "width: goldpx" in html
    assert "<title>Ada</title>" in html
    assert "<i>Lovelace</i>" in html
    assert 'title="London"' in html
    assert 'lang="en"' in html
    assert "Ada &amp; co" in html


def test_a_loop_over_rows_stays_in_its_table() -> None:
    html = page("<table>{% for tag in contact.tags %}<tr><td>{{ tag }}</td></tr>{% endfor %}</table>")
    assert "<table><tr><td>customer</td></tr></table>" in html


def test_values_are_escaped_in_html_and_subjects_are_not() -> None:
    values = recipient(first_name="<script>alert(1)</script>&")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in page("<p>{{ contact.first_name }}</p>", values=values)
    assert "<script>" not in page("{% if true %}<p>{{ contact.first_name }}</p>{% endif %}", values=values)
    mailing = compiled()
    assert render_subject(mailing, render_slots(mailing, values)) == "News for <script>alert(1)</script>&"


@pytest.mark.parametrize("site", ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_contacts_field_cannot_make_a_link_that_runs_code(site: str) -> None:
    values = recipient(fields={"site": site})
    top = '<a href="{{ contact.fields.site }}">x</a>'
    for html in (top, "{% if true %}" + top + "{% endif %}"):
        assert 'href="#"' in page(html, values=values)


def test_a_contacts_own_web_address_is_a_link_that_is_not_counted() -> None:
    mailing = compiled(html='<a href="{{ contact.fields.site }}">x</a>')
    assert mailing.links == ()
    assert 'href="https://ada.example/"' in page(
        '<a href="{{ contact.fields.site }}">x</a>', values=recipient(fields={"site": "https://ada.example/"})
    )


def test_scripts_are_left_out() -> None:
    assert "alert" not in page("<script>alert(1)</script><p>x</p>")


def test_the_preheader_comes_first_and_is_not_seen() -> None:
    html = page("<body><p>Body</p></body>", preheader="Look, {{ contact.first_name }} <3")
    assert html.index("display:none") < html.index("Look, Ada &lt;3") < html.index("Body")
    assert "Look" not in plain("<p>Body</p>", preheader="Look")


def test_what_a_template_assigns_is_known_further_on() -> None:
    html = page("{% assign greeting = contact.first_name | upcase %}<p>{{ greeting }}</p><p>{{ greeting }}!</p>")
    assert "<p>ADA</p><p>ADA!</p>" in html


def test_a_private_use_character_of_a_contact_makes_no_link() -> None:
    values = recipient(first_name="\ue0021\ue003\ue000")
    html = page("<p>[{{ contact.first_name }}]{% if true %}[{{ contact.first_name }}]{% endif %}</p>", values=values)
    assert "[1][1]" in html


# Links


def test_links_are_numbered_and_the_same_address_has_one_number() -> None:
    mailing = compiled(
        html='<a href="https://a.example/?x=1&amp;y=2">One</a><a href="https://b.example"><img alt="Two"></a>'
        '<a href="https://a.example/?x=1&amp;y=2">again</a><a href="mailto:x@y.example">mail</a><a href="#top">top</a>'
        '<a href="https://c.example" data-no-track>quiet</a>',
        text="See https://a.example/?x=1&y=2 and https://d.example/path.",
    )
    assert [(link.number, link.url, link.label) for link in mailing.links] == [
        (1, "https://a.example/?x=1&y=2", "One"),
        (2, "https://b.example", "Two"),
        (3, "https://d.example/path", "https://d.example/path"),
    ]


def test_counted_links_lead_to_us_and_shown_ones_to_where_they_say() -> None:
    html = '<a href="https://a.example/?x=1&amp;y=2">One</a>'
    assert f'href="https://crm.example/c/{facts().token}/1"' in page(html, tracked=True)
    assert 'href="https://a.example/?x=1&amp;y=2"' in page(html, tracked=False)
    assert 'href="https://a.example/?x=1&amp;y=2"' in page(html, tracked=True, track_clicks=False)


def test_links_in_blocks_and_in_outlooks_comments_are_counted() -> None:
    html = page(
        '{% if contact.city %}<a href="https://a.example/">a</a>{% endif %}'
        '<!--[if mso]><v:rect href="https://b.example/"></v:rect><![endif]-->',
        tracked=True,
    )
    assert f"/c/{facts().token}/1" in html
    assert f"/c/{facts().token}/2" in html


def test_liquid_in_a_path_is_filled_at_the_redirect() -> None:
    mailing = compiled(html='<a href="https://a.example/p/{{ contact.city }}?n={{ contact.first_name }}">x</a>')
    slots = render_slots(mailing, recipient(city="New York", first_name="Zoë&x=1#y\r\n"))
    assert resolve_link(mailing, 1, slots) == "https://a.example/p/New%20York?n=Zo%C3%AB&x=1#y%0A"


@pytest.mark.parametrize("city", ["//evil.example", "@evil.example", "\\evil.example", ".evil.example/", "../..//evil"])
def test_no_value_leads_a_redirect_to_another_host(city: str) -> None:
    for url in ("https://a.example/{{ contact.city }}", "https://a.example?{{ contact.city }}"):
        mailing = compiled(html=f'<a href="{url}">x</a>')
        where = resolve_link(mailing, 1, render_slots(mailing, recipient(city=city)))
        assert where is None or where.startswith(("https://a.example/", "https://a.example?"))
    beside = compiled(html='<a href="https://a.example{{ contact.city }}">x</a>')
    assert beside.links == ()


@pytest.mark.parametrize("number", [0, -1, 2, 10_000])
def test_a_number_that_is_no_link_leads_nowhere(number: int) -> None:
    mailing = compiled()
    assert resolve_link(mailing, number, render_slots(mailing, recipient())) is None


def test_a_link_with_a_loops_variable_is_not_counted() -> None:
    mailing = compiled(
        html='{% for t in contact.tags %}<a href="https://a.example/{{ t }}">x</a>{% endfor %}'
        '{% assign q = contact.city %}<a href="https://a.example/{{ q }}">y</a>'
    )
    assert mailing.links == ()


# Text


def test_the_text_part_says_what_the_html_says() -> None:
    text = plain(
        "<head><title>no</title><style>p{}</style></head><h1>News</h1><p>Hello&nbsp;<b>{{ contact.first_name }}</b>,"
        ' see <a href="https://a.example/">our shop</a> or <a href="https://b.example/">https://b.example/</a>.</p>'
        '<ul><li>one</li><li>two</li></ul><ol><li>first</li><li>second</li></ol><img src="x.png" alt="Logo">'
        "<table><tr><td>left</td><td>right</td></tr></table>"
        "{% if contact.city %}<p>In {{ contact.city }}</p>{% endif %}",
        track_clicks=False,
    )
    assert text.startswith(
        "News\n\nHello Ada, see our shop (https://a.example/) or https://b.example/.\n\n- one\n- two\n\n"
        "1. first\n2. second\n\nLogo\n\nleft\nright\n\nIn London\n\n"
    )
    assert "no" not in text.split("\n")[0]


def test_a_text_that_is_given_is_kept() -> None:
    mailing = compiled(text="Dear {{ contact.first_name }},\n\n  indented\n")
    assert render_text(mailing, render_slots(mailing, recipient()), facts()).startswith("Dear Ada,\n\n  indented\n")


def test_marketing_mail_gets_its_way_out_and_postal_address_once() -> None:
    for html in ("<p>x</p>", "<p>{{ sender.address }}</p><a href='{{ unsubscribe_url }}'>leave</a>"):
        written = page(html)
        assert written.count(f"/u/{facts().unsubscribe_token}") == 1
        assert written.count("1 Example Street") == 1
        assert plain(html).count("1 Example Street") == 1


def test_mail_to_one_person_has_neither_pixel_nor_footer_unless_asked() -> None:
    html = page("<p>x</p>", purpose="one_to_one", track_opens=False, track_clicks=False, tracked=True)
    assert "/u/" not in html
    assert "/o/" not in html
    assert "Example Street" not in html


# Keeping


def test_the_fields_to_load_are_known() -> None:
    mailing = compiled(html="{% if account.name %}{{ contact.fields.plan }}{% endif %}", purpose="transactional")
    assert mailing.paths == {"account.name", "contact.fields.plan", "contact.first_name"}


def test_a_compilation_comes_back_as_it_was_kept() -> None:
    mailing = compile_mailing(source())
    again = CompiledMailing.from_bytes(mailing.to_bytes())
    assert again == mailing
    assert again.digest == mailing.digest


@pytest.mark.parametrize("raw", [b"", b"{}", b"null", b'{"version": 99}', b'{"version": 1}', b"\xff"])
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableCompilation):
        CompiledMailing.from_bytes(raw)


def test_a_worker_reads_a_mailing_once_and_keeps_the_latest() -> None:
    cache, loads = CompiledCache(max_items=2), list[int]()

    def load() -> bytes:
        loads.append(1)
        return compile_mailing(source()).to_bytes()

    for key in (1, 1, 2, 1, 3, 1, 2):
        cache.get(key, load)
    assert len(loads) == 4


def test_values_that_break_a_template_are_an_error_of_that_recipient() -> None:
    from messaging.liquid import TemplateError

    mailing = compiled(html="<p>{{ contact.score | divided_by: contact.score }}</p>")
    with pytest.raises(TemplateError):
        render_slots(mailing, recipient(score=0))
    assert render_slots(mailing, recipient(score=2))


def test_a_rendered_condition_is_remembered_by_what_it_reads() -> None:
    mailing = compiled(html="{% if contact.score > 5 %}<p>high</p>{% else %}<p>low</p>{% endif %}")
    shown = [
        render_html(mailing, render_slots(mailing, recipient(score=score)), facts(), tracked=False)
        for score in (9, 1, 9.0, True, 9)
    ]
    assert ["high" in html for html in shown] == [True, False, True, False, True]


# Anything that an author may write

BITS = [
    *("<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "</a>", "<!-- ", "-->", "<!--[if mso]>", "<![endif]-->"),
    *("<style>", "</style>", "p{color:red}", "<script>", "</script>", "<title>", "<textarea>", "<frameset>", "<body>"),
    *('"', "'", "<", ">", "\n", "é", "&lt;", "&#123;", "{", '<b title="', "<ul><li>", "https://b.example/x"),
    *("{{ contact.first_name }}", "{{- contact.city -}}", "{{ unsubscribe_url }}", "{{ t }}", "\ue0001\ue001"),
    *("{% if contact.city %}", "{% else %}", "{% endif %}", "{% for t in contact.tags %}", "{% endfor %}"),
    *("{% assign x = contact.city %}", "{% raw %}", "{% endraw %}", "{% comment %}", "{% endcomment %}"),
    *("<a href='https://a.example/{{ contact.city }}'>", '<a href="{{ contact.fields.site }}">'),
]


@given(st.lists(st.sampled_from(BITS), min_size=1, max_size=14))
@of(max_examples=200, deadline=None)
def test_a_mailing_is_refused_or_right_on_the_wire(bits: list[str]) -> None:
    try:
        mailing = compiled(html="".join(bits))
    except CompileError:
        return
    built(mailing)


@pytest.mark.parametrize(
    "html",
    [
        "<frameset><p>x</p>",
        "<p>x</p><!-- <a href='{{ unsubscribe_url }}'>leave</a> {{ sender.address }} -->",
        "<p>x</p><div style='display: none'><a href='{{ unsubscribe_url }}'>leave</a> {{ sender.address }}</div>",
        "<p>x</p>{% if contact.nothing %}<a href='{{ unsubscribe_url }}'>leave</a> {{ sender.address }}{% endif %}",
        "<p>{{ unsubscribe_url }}{{ sender.address }}",
        "<math><mtext></form><form><mglyph><style><img src=x>",
    ],
)
def test_a_way_out_that_is_not_seen_does_not_count(html: str) -> None:
    built(compiled(html=html, extra_fields=("contact.nothing",)))


def test_written_braces_do_not_become_liquid() -> None:
    html = page("<p>&#123;&#123; contact.nope }} &#123;% if %} {<b>{{ contact.first_name }}</b></p>")
    assert "{{ contact.nope }} {% if %} {<b>Ada</b>" in html
    text = plain("<p>&#123;&#123; contact.nope }} &#123;% if %} &#123;<i></i>{{ contact.first_name }}</p>")
    assert "{{ contact.nope }} {% if %} {Ada" in text


def test_a_picture_alone_has_a_text_part() -> None:
    assert plain('<img src="https://a.example/x.png">', purpose="one_to_one").strip()
