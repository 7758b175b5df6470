"""Subjects with their tags in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OUTPUT = re.compile(
    r"""\{\{-?\s*(?P<path>[\w.]+)(?:[^}]*?\|\s*default:\s*(?P<quote>["'])(?P<fallback>.*?)(?P=quote))?.*?\}\}""",
    re.DOTALL,
)
_LOGIC = re.compile(r"\{%.*?%\}", re.DOTALL)


def readable(text: str, labels: Mapping[str, str]) -> str:
    """A subject as a person reads it: for each tag the fallback where one is given, else the field's label."""
    return _OUTPUT.sub(lambda tag: tag["fallback"] or labels.get(tag["path"], tag["path"]), _LOGIC.sub("", text))
