"""Template filters of the pages of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(values: Mapping[Any, Any], key: Any) -> Any:
    """The value of a mapping at a key that is only known in the template; None where it has none."""
    return values.get(key)
