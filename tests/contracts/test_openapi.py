"""The checker itself: right traffic passes, and each kind of error is caught."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.openapi import Contract

MESSAGES = "/api/v10/channels/1/messages"
COMMANDS = "/api/v10/applications/1/commands"


def command(**more: Any) -> list[dict[str, Any]]:
    return [{"type": 1, "name": "hello", "description": "Say hello", **more}]


def test_a_right_request_passes(contract: Contract) -> None:
    body = {"embeds": [{"title": "x" * 256}], "allowed_mentions": {"parse": []}}
    assert contract.check_request("POST", MESSAGES, {}, body) == []
    assert contract.check_request("GET", MESSAGES, {"limit": "100", "after": "5"}, None) == []
    assert contract.check_request("GET", "/api/v10/webhooks/1/tok/messages/%40original", {}, None) == []
    assert contract.check_request("PUT", COMMANDS, {}, command()) == []


def test_literal_steps_win_over_placeholders(contract: Contract) -> None:
    operation = contract.operation("GET", "/api/v10/users/@me")
    assert operation is not None
    assert operation.template == "/users/@me"


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", "/api/v10/no/such/route", {}, None),
        ("POST", MESSAGES, {}, {"content": "x" * 4001}),
        ("POST", MESSAGES, {}, {"embeds": [{"title": "x" * 257}]}),
        ("POST", MESSAGES, {}, {"embeds": [{"description": "x" * 4097}]}),
        ("POST", MESSAGES, {}, {"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]}),
        ("POST", MESSAGES, {}, {"embeds": [{"fields": [{"name": "a", "value": "x" * 1025}]}]}),
        ("POST", MESSAGES, {}, {"embeds": [{}] * 11}),
        ("GET", MESSAGES, {"limit": "101"}, None),
        ("GET", "/api/v10/channels/general/messages", {}, None),
        ("PATCH", "/api/v10/channels/1/messages/latest", {}, {"content": "x"}),
        ("PUT", COMMANDS, {}, None),
        ("GET", MESSAGES, {"befor": "1"}, None),
        ("GET", "/api/v10/guilds/1/members", {"limit": "1001"}, None),
        ("PUT", COMMANDS, {}, command(name="x" * 33)),
        ("PUT", COMMANDS, {}, command(description="x" * 101)),
        ("PUT", COMMANDS, {}, command(options=[{"type": 99, "name": "a", "description": "b"}])),
    ],
)
def test_an_error_in_a_request_is_caught(
    contract: Contract, method: str, path: str, query: dict[str, str], body: Any
) -> None:
    assert contract.check_request(method, path, query, body) != []


def test_an_answer_with_a_missing_key_or_an_unknown_status_is_caught(contract: Contract) -> None:
    assert contract.check_answer("GET", "/api/v10/gateway", 200, {"url": "ws://127.0.0.1"}) == []
    assert contract.check_answer("GET", "/api/v10/gateway", 200, {}) != []
    assert contract.check_answer("GET", "/api/v10/users/@me", 200, {"id": "1"}) != []
    assert contract.check_answer("GET", "/api/v10/gateway", 299, {}) != []
