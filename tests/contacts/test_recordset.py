"""Rows as one JSON text for PostgreSQL, whatever they hold."""

from __future__ import annotations

import json

from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from contacts.recordset import recordset


class TestRecordset(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\\u0\0\"'"))),
            max_size=5,
        )
    )
    def test_texts_arrive_as_they_are_but_for_nul(self, texts: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT t FROM json_to_recordset(%s) AS one (n int, t text) ORDER BY n",
                [recordset({"n": number, "t": text} for number, text in enumerate(texts))],
            )
            assert [text for (text,) in cursor.fetchall()] == [text.replace("\0", "") for text in texts]


def test_the_letters_of_an_escaped_nul_stay() -> None:
    assert json.loads(recordset([r"C:\u0000", "a\0b", "\\\0"])) == [r"C:\u0000", "ab", "\\"]


def test_a_lone_surrogate_breaks_nothing() -> None:
    assert json.loads(recordset(["\ud800"])) == ["\ud800"]
