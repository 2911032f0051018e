"""Keeps small secrets readable only with the operator's key: reply tokens, webhook secrets.

Knows no store and no Discord. Invariant: neither the key nor a secret is in any repr, log or exception of it.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_KEY_CHARS = 32


class Vault:
    """Seals text under a key derived from `SECRET_KEY`. Raises `ValueError` for a key under 32 characters."""

    __slots__ = ("_fernet",)

    def __init__(self, key: str) -> None:
        if len(key) < MIN_KEY_CHARS:
            raise ValueError(f"SECRET_KEY is too short; give at least {MIN_KEY_CHARS} random characters.")
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"errand vault 1")
        self._fernet = Fernet(base64.urlsafe_b64encode(derive.derive(key.encode())))

    def seal(self, secret: str) -> str:
        """`secret` as text that only this key opens; different at each call."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The secret, or None when it was sealed under another key or changed since."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError):
            return None
