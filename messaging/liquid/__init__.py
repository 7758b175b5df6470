"""Liquid templates: checked against the vocabulary of merge fields, rendered within bounds."""

from messaging.liquid.checking import assigned, check, paths_used
from messaging.liquid.errors import TemplateError, TemplateProblem
from messaging.liquid.rendering import render

__all__ = ["TemplateError", "TemplateProblem", "assigned", "check", "paths_used", "render"]
