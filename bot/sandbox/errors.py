"""Refusals as Discord words them: a status, a code, a message.

Source of the codes: Discord API documentation, "Opcodes and Status Codes".
"""

from __future__ import annotations

from bot.sandbox.world import Json


class ApiError(Exception):
    """An answer that is a refusal."""

    def __init__(self, status: int, code: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code, **more}
        self.headers: dict[str, str] = {}

    @classmethod
    def limited(cls, retry_after: float, *, code: int = 0, everywhere: bool = False) -> ApiError:
        """429; with `Via`, without which discord.py takes it for a ban by the proxy in front."""
        error = cls(429, code, "You are being rate limited.", retry_after=retry_after)
        error.body["global"] = everywhere
        error.headers = {
            "Via": "1.1 sandbox",
            "Retry-After": f"{retry_after:.3f}",
            "X-RateLimit-Scope": "global" if everywhere else "user",
        }
        if everywhere:
            error.headers["X-RateLimit-Global"] = "true"
        return error


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def unknown_channel() -> ApiError:
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    return ApiError(404, 10004, "Unknown Guild")


def unknown_member() -> ApiError:
    return ApiError(404, 10007, "Unknown Member")


def unknown_role() -> ApiError:
    return ApiError(404, 10011, "Unknown Role")


def unknown_user() -> ApiError:
    return ApiError(404, 10013, "Unknown User")


def unknown_message() -> ApiError:
    return ApiError(404, 10008, "Unknown Message")


def unknown_webhook() -> ApiError:
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    return ApiError(404, 10062, "Unknown interaction")


def already_acknowledged() -> ApiError:
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def not_your_message() -> ApiError:
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def cannot_message() -> ApiError:
    return ApiError(403, 50007, "Cannot send messages to this user")


def no_history() -> ApiError:
    return ApiError(400, 160002, "Cannot reply without permission to read message history")


def archived_thread() -> ApiError:
    return ApiError(400, 50083, "Thread is archived")


def dead_token() -> ApiError:
    return ApiError(401, 50027, "Invalid Webhook Token")


def invalid_form(where: str, why: str) -> ApiError:
    """400/50035 that names the field."""
    return ApiError(400, 50035, "Invalid Form Body", errors={where: {"_errors": [{"code": "INVALID", "message": why}]}})


def too_large() -> ApiError:
    return ApiError(413, 40005, "Request entity too large")
