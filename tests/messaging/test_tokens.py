"""Tokens: nobody can make one, one purpose's is no other's, and keys can be changed."""

import pytest
from hypothesis import given
from hypothesis import settings as of
from hypothesis import strategies as st
from pytest_django import Settings

from messaging.tokens import (
    MESSAGE_TOKEN_LENGTH,
    PURPOSE_TOKEN_LENGTH,
    message_token,
    purpose_token,
    read_message_token,
    read_purpose_token,
)

ids = st.integers(min_value=0, max_value=2**63 - 1)


@given(ids)
@of(max_examples=200, deadline=None)
def test_a_token_gives_back_its_id_and_has_one_length(number: int) -> None:
    assert read_message_token(message_token(number)) == number
    assert len(message_token(number)) == MESSAGE_TOKEN_LENGTH
    assert read_purpose_token("unsubscribe", purpose_token("unsubscribe", number)) == number
    assert len(purpose_token("unsubscribe", number)) == PURPOSE_TOKEN_LENGTH


@given(ids, st.integers(min_value=0, max_value=MESSAGE_TOKEN_LENGTH - 1), st.sampled_from("ABCabc019-_"))
@of(max_examples=200, deadline=None)
def test_a_token_with_one_character_changed_is_none(number: int, at: int, character: str) -> None:
    token = message_token(number)
    changed = token[:at] + character + token[at + 1 :]
    assert changed == token or read_message_token(changed) is None


@given(st.text(max_size=60))
@of(max_examples=200, deadline=None)
def test_any_text_is_no_token(text: str) -> None:
    assert read_message_token(text) is None
    assert read_purpose_token("unsubscribe", text) is None


@pytest.mark.parametrize("other", ["view", "preferences", "reply", "bounce"])
def test_a_token_of_one_purpose_is_refused_for_another(other: str) -> None:
    token = purpose_token("unsubscribe", 7)
    assert read_purpose_token(other, token) is None  # type: ignore[arg-type]


def test_mail_systems_may_change_the_case_of_a_purpose_token() -> None:
    assert read_purpose_token("reply", purpose_token("reply", 7).upper()) == 7


def test_a_token_fits_a_local_part_behind_its_prefix() -> None:
    assert len("bounce+" + purpose_token("bounce", 7)) <= 64


def test_old_keys_verify_and_do_not_sign(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old-key-old-key-old-key", []
    before = message_token(7)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-key-new-key-new-key", ["old-key-old-key-old-key"]
    assert read_message_token(before) == 7
    assert message_token(7) != before
    settings.SECRET_KEY_FALLBACKS = []
    assert read_message_token(before) is None
