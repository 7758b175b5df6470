"""Templates: mistakes found by line and tag before anything is sent, and nothing a template can break out of."""

import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.liquid import TemplateError, check, paths_used, render
from messaging.liquid.filters import filter_names
from messaging.liquid.source import tokens

ADA = {"contact": {"first_name": "Ada", "city": "", "tags": ["a", "b"], "fields": {"plan": "gold"}, "score": 3}}


@pytest.mark.parametrize(
    ("template", "line", "tag", "words"),
    [
        ("Hi\n{{ contact.frist_name }}", 2, "{{ contact.frist_name }}", "Did you mean “contact.first_name”?"),
        ("{{ nonsense }}", 1, "{{ nonsense }}", "no merge field"),
        ("{{ contact }}", 1, "{{ contact }}", "no merge field"),
        ("{{ contact[account.name] }}", 1, "{{ contact[account.name] }}", "not supported"),
        ("a\nb\n{% include 'secrets' %}", 3, "{% include 'secrets' %}", "no such tag as “include”"),
        ("{% render 'x' %}", 1, "{% render 'x' %}", "no such tag"),
        ("{% if contact.city %}x", 1, "{% if contact.city %}", "never closed"),
        ("a {{ contact.first_name", 1, "{{ contact.first_name", "never closed"),
        ("{% endif %}", 1, "{% endif %}", "endif"),
        ("{{ contact.email | shout }}", 1, "| shout", "no such filter"),
        ("{{ contact.email | safe }}", 1, "| safe", "no such filter"),
        ("x\n{{ contact.fields.unknown }}", 2, "{{ contact.fields.unknown }}", "no merge field"),
        ("{{ unsubscribe_url | upcase }}", 1, "{{ unsubscribe_url | upcase }}", "cannot be changed"),
        ("{% if contact.city = 'x' %}{% endif %}", 1, "{% if contact.city = 'x' %}", "expected"),
        ("{% for i in (1..99999) %}x{% endfor %}", 1, "", "too many loop steps"),
        ("{{ 'now' | date: '%9999999999d' }}", 1, "", "date"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_tag(template: str, line: int, tag: str, words: str) -> None:
    problems = check(template, custom=["plan"])
    assert problems
    assert (problems[0].line, problems[0].tag) == (line, tag)
    assert words in problems[0].message


@pytest.mark.parametrize(
    "template",
    [
        "Hi {{ contact.first_name | default: 'there' }}",
        "{% if contact.city %}{{ contact.city | upcase }}{% elsif account.name %}x{% else %}y{% endif %}",
        "{% for tag in contact.tags %}{{ forloop.index }} {{ tag }}{% endfor %} {{ contact.tags.size }}",
        "{% assign x = contact.first_name | downcase %}{{ x }}",
        "{% case contact.country %}{% when 'Norway' %}a{% else %}b{% endcase %}",
        "{{ contact.fields.plan }} {{ contact.tags[0] }} {{ contact.tags.first }}",
        "{% raw %}{{ not_a_field }}{% endraw %}{% comment %}{{ nor_this }}{% endcomment %}",
        '<a href="{{ unsubscribe_url }}">leave</a>',
        "{{ 'now' | date: '%-d %B %Y' }}",
        "{{ invite_url }} {{ data.order.total }}",
        "",
    ],
)
def test_good_templates_have_no_problems(template: str) -> None:
    assert check(template, custom=["plan"], extra=["invite_url", "data.*"]) == []


def test_every_mistake_is_found_at_once() -> None:
    problems = check("{% foo %}\n{% if %}x{% endif %}\n{{ contact.email | }}")
    assert [problem.line for problem in problems] == [1, 2, 3]


def test_blank_text_is_false_and_has_its_default() -> None:
    assert render("{% if contact.city %}yes{% else %}no{% endif %}", ADA) == "no"
    assert render("{% unless contact.city %}none{% endunless %}", ADA) == "none"
    assert render("{{ contact.city | default: 'somewhere' }}", ADA) == "somewhere"
    assert render("{% if contact.city == '' %}empty{% endif %}", ADA) == "empty"


def test_a_missing_name_renders_as_nothing() -> None:
    assert render("[{{ contact.last_name }}{{ account.name }}]", {}) == "[]"


def test_html_is_escaped_in_html_and_not_in_text() -> None:
    values = {"contact": {"first_name": "<b>&"}}
    assert render("{{ contact.first_name }}", values, html=True) == "&lt;b&gt;&amp;"
    assert render("{{ contact.first_name | escape }}", values, html=True) == "&lt;b&gt;&amp;"
    assert render("{{ contact.first_name }}", values) == "<b>&"


@pytest.mark.parametrize("name", sorted(filter_names()))
def test_no_filter_lets_markup_of_a_value_through(name: str) -> None:
    arguments = ["", ": contact.first_name", ": 'x', contact.first_name", ": 40, contact.first_name", ": 0, 40"]
    for value in ("<img src=x onerror=alert(1)>", "&lt;img&gt;", "<<b>b>x", "a\n<img>"):
        for argument in arguments:
            template = f"{{{{ contact.first_name | {name}{argument} | default: '' }}}}"
            try:
                html = render(template, {"contact": {"first_name": value}}, html=True)
            except TemplateError:
                continue
            assert "<" not in html.replace("<br />", ""), template


def test_a_date_is_written_as_asked() -> None:
    values = {"contact": {"fields": {"since": dt.date(2024, 3, 5), "text": "2024-03-05"}}}
    assert render("{{ contact.fields.since | date: '%-d %B %Y' }}", values) == "5 March 2024"
    assert render("{{ contact.fields.text | date: '%d/%m/%y' }}", values) == "05/03/24"
    assert render("{{ contact.fields.none | date: '%d' }}", values) == ""


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in (1..200) %}{% for b in (1..200) %}x{% endfor %}{% endfor %}",
        "{% for a in (1..100) %}" + "{% for b in (1..90) %}{% endfor %}" * 30 + "{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40,
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | replace: 'a', x %}" * 10,
        "{% assign x = 9 %}" + "{% assign x = x | times: x %}" * 40,
        "{% for i in (1..9000) %}" + "y" * 1000 + "{% endfor %}",
        "{% if true %}" * 60 + "{% endif %}" * 60,
        "{% assign a = 'x,x' | split: ',' %}{% assign g = 'a' %}"
        + "{% assign g = g | append: g %}" * 16
        + "{% for i in (1..9) %}{{ a | join: g }}{% endfor %}" * 9,
    ],
)
def test_no_template_takes_long_or_much(template: str) -> None:
    before = time.process_time()
    with pytest.raises(TemplateError):
        render(template, {})
    # Not a timing of ours: a template that is not stopped would take minutes or all memory.
    assert time.process_time() - before < 5


def test_nothing_of_python_can_be_reached() -> None:
    class Secret:
        key = "s3cret"

    values = {"contact": {"secret": Secret(), "first_name": "Ada"}}
    for path in ("contact.secret.key", "contact.__class__", "contact.first_name.__class__", "contact.keys"):
        assert "s3cret" not in render(f"{{{{ {path} }}}}", values)
        assert "class" not in render(f"{{{{ {path} }}}}", values)


def test_the_fields_a_template_reads_are_known() -> None:
    template = "{% if account.name %}{{ contact.email }}{% endif %}{% for t in contact.tags %}{{ t }}{% endfor %}"
    assert paths_used(template) == {"account.name", "contact.email", "contact.tags"}


def test_samples_fill_every_field() -> None:
    from contacts import mergefields

    context = mergefields.sample_context([mergefields.custom_field("plan", "Plan", "gold")])
    for field in mergefields.all_fields():
        assert render(f"{{{{ {field.path} }}}}", context), field.path
    assert context["contact"]["fields"]["plan"] == "gold"


@given(st.text(alphabet=st.sampled_from(list("{}%| .'\"-abif endcontact\n")), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_source_is_checked_without_breaking(source: str) -> None:
    assert "".join(token.text for token in tokens(source)) == source
    if not check(source):
        render(source, {})


@pytest.mark.parametrize("piece", ["{{", "{%", "{% raw %}", "{% comment %}", "{% if x %}", "{{ x }}", "{"])
def test_reading_a_long_source_takes_time_by_its_length_only(piece: str) -> None:
    source = piece * (200_000 // len(piece))
    assert "".join(token.text for token in tokens(source)) == source
