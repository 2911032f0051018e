"""The world's values as the JSON that Discord sends. Complete for its OpenAPI document.

Reads the world, changes nothing. Invariant: ids are strings, instants ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.sandbox.permissions import channel_permissions, guild_permissions
from bot.sandbox.world import (
    DM,
    LOADING,
    PRIVATE_THREAD,
    THREADS,
    VOICE,
    Attachment,
    Channel,
    Guild,
    Interaction,
    Json,
    Member,
    Message,
    Role,
    User,
    World,
    time_of,
)

NOBODY = User(1, "deleted-user")


def instant(at: int) -> str:
    """ISO 8601 of `at` (ms)."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


def user(value: User) -> Json:
    answer: Json = {
        "id": str(value.id),
        "username": value.username,
        "discriminator": "0000" if value.bot else "0",
        "global_name": value.global_name,
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    return {**answer, "bot": True} if value.bot else answer


def me(value: User) -> Json:
    return {**user(value), "mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def member(value: Member, *, with_user: bool = True) -> Json:
    answer: Json = {
        "roles": [str(role) for role in value.roles],
        "flags": 0,
        "joined_at": instant(value.joined_at),
        "deaf": False,
        "mute": False,
        "nick": value.nick,
        "avatar": None,
        "banner": None,
        "pending": False,
        "premium_since": None,
        "communication_disabled_until": None,
    }
    return {**answer, "user": user(value.user)} if with_user else answer


def role(value: Role) -> Json:
    answer: Json = {
        "id": str(value.id),
        "name": value.name,
        "permissions": str(value.permissions),
        "position": value.position,
        "color": value.color,
        "colors": {"primary_color": value.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": value.managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return {**answer, "tags": value.tags} if value.tags else answer


def resolved(ids: Iterable[int], guild_: Guild, who: Member, world: World) -> Json:
    """What an interaction of `who` tells of the people and places that it names."""
    answer: Json = {"users": {}, "members": {}, "roles": {}, "channels": {}}
    for id_ in ids:
        if found := guild_.members.get(id_):
            answer["users"][str(id_)] = user(found.user)
            allowed = str(guild_permissions(guild_, found))
            answer["members"][str(id_)] = {**member(found, with_user=False), "permissions": allowed}
        elif id_ in guild_.roles:
            answer["roles"][str(id_)] = role(guild_.roles[id_])
        elif place := guild_.channels.get(id_):
            answer["channels"][str(id_)] = partial_channel(guild_, place, who, world)
        elif somebody := world.user(id_):
            answer["users"][str(id_)] = user(somebody)
    return {kind: found for kind, found in answer.items() if found}


def channel(value: Channel, world: World) -> Json:
    if value.type == DM:
        other = world.user(value.recipient_id or 0) or NOBODY
        return {"id": str(value.id), "type": DM, "flags": 0, "recipients": [user(other)]}
    answer: Json = {
        "id": str(value.id),
        "type": value.type,
        "flags": 0,
        "guild_id": str(value.guild_id),
        "name": value.name,
        "position": value.position,
        "parent_id": str(value.parent_id) if value.parent_id else None,
        "permission_overwrites": [
            {"id": str(o.id), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)} for o in value.overwrites
        ],
    }
    if value.type in THREADS:
        answer |= _thread(value, world)
    if value.type == VOICE:
        answer |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if value.messages:
        answer["last_message_id"] = str(value.messages[-1].id)
    return answer


def _thread(value: Channel, world: World) -> Json:
    since = instant(time_of(value.id))
    more = {"invitable": True} if value.type == PRIVATE_THREAD else {}
    return {
        "owner_id": str(value.opened_by or world.bot.id),
        "thread_metadata": {
            "archived": value.archived,
            "archive_timestamp": since if value.archived_at is None else instant(value.archived_at),
            "auto_archive_duration": 1440,
            "locked": value.locked,
            "create_timestamp": since,
            **more,
        },
        "message_count": len(value.messages),
        "member_count": max(1, len(value.members)),
        "total_message_sent": len(value.messages),
        "rate_limit_per_user": 0,
    }


def guild(value: Guild) -> Json:
    """`GET /guilds/{id}`; channels and members go over the gateway."""
    nothing = (
        "icon description home_header splash discovery_splash banner application_id "
        "system_channel_id widget_channel_id vanity_url_code rules_channel_id safety_alerts_channel_id "
        "public_updates_channel_id incidents_data max_presences"
    )
    return {
        **dict.fromkeys(nothing.split()),
        "id": str(value.id),
        "name": value.name,
        "owner_id": str(value.owner_id),
        "afk_channel_id": str(value.afk_channel_id) if value.afk_channel_id else None,
        "region": "us-west",
        "features": [],
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 1,
        "roles": [role(r) for r in value.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 2,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": value.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
    }


def attachment(value: Attachment, channel_id: int, base: str) -> Json:
    url = f"{base}/attachments/{channel_id}/{value.id}/{value.filename}"
    return {
        "id": str(value.id),
        "filename": value.filename,
        "size": len(value.data),
        "url": url,
        "proxy_url": url,
        "content_type": value.content_type,
    }


def message(value: Message, world: World, base: str, *, content: bool = True) -> Json:
    """One message; without the privileged intent `content` of others is empty."""
    author = world.user(value.author_id) or NOBODY
    own = value.author_id == world.bot.id
    answer: Json = {
        "id": str(value.id),
        "channel_id": str(value.channel_id),
        "author": user(author),
        "content": value.content if content or own else "",
        "timestamp": instant(value.at),
        "edited_timestamp": instant(value.edited_at) if value.edited_at else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user(found) for m in value.mentions if (found := world.user(m))],
        "mention_roles": [],
        "attachments": [attachment(a, value.channel_id, base) for a in value.attachments],
        "embeds": [{"type": "rich", **embed} for embed in value.embeds],
        "components": value.components,
        "flags": value.flags,
        "pinned": False,
        "type": value.type,
    }
    if value.interaction_token:
        answer["webhook_id"] = answer["application_id"] = str(world.application_id)
    if value.reference:
        answer["message_reference"] = {
            "type": 0,
            "channel_id": str(value.channel_id),
            "message_id": str(value.reference),
        }
    return answer


def callback(value: Interaction, world: World, base: str) -> Json:
    """The answer to an interaction's first response."""
    known: Json = {"id": str(value.id), "type": value.kind}
    answer: Json = {"interaction": known}
    if value.message is not None and value.answer in (4, 5):
        known["response_message_id"] = str(value.message.id)
        known["response_message_loading"] = bool(value.message.flags & LOADING)
        known["response_message_ephemeral"] = value.message.ephemeral
    if value.message is not None and value.answer in (4, 7):
        answer["resource"] = {"type": value.answer, "message": message(value.message, world, base)}
    return answer


def voice_state(
    guild_: Guild, member_id: int, channel_id: int | None, *, with_member: bool = False, muted: bool = False
) -> Json:
    answer: Json = {
        "guild_id": str(guild_.id),
        "channel_id": str(channel_id) if channel_id else None,
        "user_id": str(member_id),
        "session_id": f"{member_id:x}",
        "deaf": False,
        "mute": muted,
        "self_deaf": False,
        "self_mute": False,
        "self_stream": False,
        "self_video": False,
        "suppress": False,
        "request_to_speak_timestamp": None,
    }
    return {**answer, "member": member(guild_.members[member_id])} if with_member else answer


def application(world: World, flags: int) -> Json:
    owner = world.user(world.owner_id) or NOBODY
    return {
        "id": str(world.application_id),
        "name": world.bot.username,
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(owner),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "bot_public": True,
        "bot_require_code_grant": False,
    }


def partial_channel(guild_: Guild, value: Channel, who: Member, world: World) -> Json:
    """A channel inside an interaction."""
    if value.type in THREADS:
        return {**channel(value, world), "permissions": str(channel_permissions(guild_, value, who))}
    return {
        "id": str(value.id),
        "type": value.type,
        "name": value.name,
        "guild_id": str(guild_.id),
        "position": value.position,
        "flags": 0,
        "permissions": str(channel_permissions(guild_, value, who)),
    }
