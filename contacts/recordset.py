"""Many rows as one parameter: JSON text for PostgreSQL's `json_to_recordset`.

psycopg would escape an array of texts one by one, in Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import orjson

# An escaped NUL, which PostgreSQL takes in no text. Behind an odd number of backslashes it is just these letters.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def recordset(rows: Iterable[object]) -> str:
    """The rows as JSON, without NUL."""
    found = list(rows)
    try:
        text = orjson.dumps(found).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, which orjson refuses
        text = json.dumps(found)
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text
