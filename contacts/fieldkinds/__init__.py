"""The kinds of custom fields, one file each. docs/contacts.md says how to add one."""

from __future__ import annotations

from contacts.fieldkinds.base import EMPTY, BadValue, FieldKind, Reading, Value
from contacts.fieldkinds.checkbox import Checkbox
from contacts.fieldkinds.currency import Currency
from contacts.fieldkinds.date import Date
from contacts.fieldkinds.date_time import DateTime
from contacts.fieldkinds.dropdown import Dropdown
from contacts.fieldkinds.hidden import Hidden
from contacts.fieldkinds.long_text import LongText
from contacts.fieldkinds.multi_select import MultiSelect
from contacts.fieldkinds.number import Number
from contacts.fieldkinds.radio import Radio
from contacts.fieldkinds.text import Text

KINDS: tuple[FieldKind, ...] = (
    Text(),
    LongText(),
    Number(),
    Date(),
    DateTime(),
    Dropdown(),
    MultiSelect(),
    Radio(),
    Checkbox(),
    Currency(),
    Hidden(),
)
_BY_KEY = {kind.key: kind for kind in KINDS}


def kind_of(key: str) -> FieldKind:
    """The kind with this key; text for one that is gone."""
    return _BY_KEY.get(key, KINDS[0])


def is_kind(key: str) -> bool:
    """Whether there is a kind with this key."""
    return key in _BY_KEY


__all__ = ["EMPTY", "KINDS", "BadValue", "FieldKind", "Reading", "Value", "is_kind", "kind_of"]
