"""What is sealed opens with its key alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault import Vault

KEY = "k" * 32
VAULT = Vault(KEY)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_secret_comes_back_and_does_not_show(secret: str) -> None:
    sealed = VAULT.seal(secret)
    assert VAULT.open(sealed) == secret
    assert len(secret) < 8 or secret not in sealed


def test_another_key_or_a_changed_text_opens_nothing() -> None:
    sealed = VAULT.seal("token")
    assert Vault("x" * 32).open(sealed) is None
    assert VAULT.open(sealed[:-4] + "AAA=") is None
    assert VAULT.open("ümlaut") is None
    assert Vault(KEY).open(sealed) == "token"


def test_the_key_is_in_no_text_and_a_short_one_is_refused() -> None:
    assert KEY not in repr(VAULT)
    with pytest.raises(ValueError, match="at least 32") as refusal:
        Vault("short-key")
    assert "short-key" not in str(refusal.value)
