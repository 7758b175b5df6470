"""Finding every mistake of a template before anything is sent, by line and tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError
from liquid.static_analysis import TemplateAnalysis, Variable

from contacts import mergefields
from messaging import personalisation
from messaging.liquid.environment import MAX_SOURCE, TAG_NAMES, TEXT
from messaging.liquid.errors import TemplateError, TemplateProblem
from messaging.liquid.filters import filter_names
from messaging.liquid.rendering import render
from messaging.liquid.source import Token, line_of, tokens, units

# What may follow a known name: `contact.tags.size`, `contact.tags[0]`.
_PROPERTIES = frozenset({"first", "last", "size"})
_UNCLOSED = re.compile(r"\{\{|\{%")


def check(template: str, *, custom: Iterable[str] = (), extra: Iterable[str] = ()) -> list[TemplateProblem]:
    """Every problem of a template in the order of its lines; an empty list means that it can be sent.

    `custom` are keys of custom fields; `extra` are whole names that only this template may use
    (`invite_url`), or groups of them (`data.*`).
    """
    if len(template) > MAX_SOURCE:
        return [TemplateProblem(1, "", _("The template is too long (%(limit)s characters).") % {"limit": MAX_SOURCE})]
    problems = [*_unknown_tags(template), *_syntax(template)]
    if not problems:
        vocabulary = mergefields.paths(custom) | frozenset(extra)
        problems = list(_names(template, vocabulary)) or _trial(template)
    return sorted(problems, key=lambda problem: problem.line)


def paths_used(template: str) -> set[str]:
    """The merge fields that a checked template reads, so that only they need be loaded."""
    found = TEXT.from_string(template).analyze().globals
    return {_dotted(variable.segments) for variables in found.values() for variable in variables}


def assigned(template: str) -> set[str]:
    """The names that a checked template sets for itself, anywhere."""
    return set(TEXT.from_string(template).analyze().locals)


def _trial(template: str) -> list[TemplateProblem]:
    """What only a rendering shows: a loop too long, a date format that is none."""
    try:
        render(template, mergefields.sample_context())
    except TemplateError as error:
        return error.problems
    return []


def _unknown_tags(template: str) -> Iterator[TemplateProblem]:
    for token in tokens(template):
        if token.kind == "tag" and token.name not in TAG_NAMES:
            yield TemplateProblem(
                line_of(template, token.start), _shown(token.text), _("There is no such tag as “%s”.") % token.name
            )


def _syntax(template: str) -> Iterator[TemplateProblem]:
    for unit in units(template):
        line = line_of(template, unit.start)
        if unit.kind == "literal":
            if lost := _UNCLOSED.search(unit.text):
                line += unit.text.count("\n", 0, lost.start())
                yield TemplateProblem(line, _shown(unit.text[lost.start() :]), _("This is never closed."))
            continue
        if any(token.kind == "tag" and token.name not in TAG_NAMES for token in tokens(unit.text)):
            continue
        try:
            TEXT.from_string(unit.text)
        except LiquidError as error:
            yield _from_engine(error, unit, line)


def _from_engine(error: LiquidError, unit: Token, line: int) -> TemplateProblem:
    message = str(error.message or error)
    # An unfinished block is reported at its end by the engine; the author looks for its beginning.
    token = error.token
    inside = token.start_index if token is not None and 0 <= token.start_index < len(unit.text) else 0
    if unit.kind == "tag" and ("end of file" in message or ("end of expression" in message and not inside)):
        message, inside = _("This block is never closed."), 0
    at = next((part for part in reversed(list(tokens(unit.text))) if part.start <= inside), unit)
    return TemplateProblem(line + unit.text.count("\n", 0, at.start if at is not unit else 0), _shown(at.text), message)


def _names(template: str, vocabulary: frozenset[str]) -> Iterator[TemplateProblem]:
    analysis = TEXT.from_string(template).analyze()
    for variables in analysis.globals.values():
        for variable in variables:
            if message := _name_problem(variable, vocabulary):
                yield TemplateProblem(line_of(template, variable.span.index), _tag_at(template, variable), message)
    yield from _filter_problems(template, analysis)
    for token in tokens(template):
        if token.kind == "output" and personalisation.is_filtered_link(token.text):
            yield TemplateProblem(
                line_of(template, token.start), _shown(token.text), _("A link of ours cannot be changed by a filter.")
            )


def _name_problem(variable: Variable, vocabulary: frozenset[str]) -> str:
    segments: list[Any] = list(variable.segments)
    if any(isinstance(segment, list) for segment in segments):
        return _("Names made from other values are not supported.")
    if _known(segments, vocabulary):
        return ""
    name = _dotted(segments)
    close = get_close_matches(name, vocabulary, n=1, cutoff=0.75)
    hint = " " + _("Did you mean “%s”?") % close[0] if close else ""
    return _("There is no merge field “%s”.") % name + hint


def _known(segments: list[Any], vocabulary: frozenset[str]) -> bool:
    while segments:
        name = _dotted(segments)
        parents = (name[: at.start()] + ".*" for at in re.finditer(r"\.", name))
        if name in vocabulary or any(parent in vocabulary for parent in parents):
            return True
        if not (isinstance(segments[-1], int) or segments[-1] in _PROPERTIES):
            return False
        segments = segments[:-1]
    return False


def _filter_problems(template: str, analysis: TemplateAnalysis) -> Iterator[TemplateProblem]:
    for name, spans in analysis.filters.items():
        if name in filter_names():
            continue
        for span in spans:
            yield TemplateProblem(line_of(template, span.index), f"| {name}", _("There is no such filter."))


def _tag_at(template: str, variable: Variable) -> str:
    holder = [token for token in tokens(template) if token.start <= variable.span.index]
    return _shown(holder[-1].text) if holder else str(variable)


def _dotted(segments: Iterable[Any]) -> str:
    return ".".join(str(segment) for segment in segments)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"
