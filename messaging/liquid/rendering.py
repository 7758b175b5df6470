"""Rendering a template the slow way: parsed each time, for previews and single values."""

from __future__ import annotations

from collections.abc import Mapping

from liquid.exceptions import LiquidError

from messaging.liquid.environment import HTML, TEXT, Rendering
from messaging.liquid.errors import TemplateError, TemplateProblem


def render(template: str, context: Mapping[str, object], *, html: bool = False) -> str:
    """Fill a template. Names without a value render as nothing. Raises TemplateError."""
    environment = HTML if html else TEXT
    try:
        return Rendering(environment, context).write(environment.from_string(template).nodes)
    except LiquidError as error:
        raise TemplateError(problem_of(error)) from error


def problem_of(error: LiquidError) -> TemplateProblem:
    """The engine's error as a problem, with its line where it knows one."""
    place = error.context()
    return TemplateProblem(place[0] if place else 1, "", str(error.message or error))
