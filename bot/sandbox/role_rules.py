"""Discord's rule book of giving and taking roles, as it binds a bot.

Pure. Source: Discord API documentation, "Permissions" (Permission Hierarchy, Role Management) and "Opcodes and Status
Codes". Invariant: the position of the role decides and never that of the member, and nothing of it is lifted by
Administrator.
"""

from __future__ import annotations

from bot.sandbox.errors import ApiError, missing_permissions, unknown_role
from bot.sandbox.permissions import ADMINISTRATOR, MANAGE_ROLES, guild_permissions
from bot.sandbox.world import Guild, Member, Role

LINKED = "guild_connections"
"""Tag of a role that members get by linking an account, and by nothing else."""


def check_manages_roles(guild: Guild, bot: Member) -> None:
    """Raises 403/50013."""
    if not guild_permissions(guild, bot) & (MANAGE_ROLES | ADMINISTRATOR):
        raise missing_permissions()


def check_role_change(guild: Guild, bot: Member, role_id: int) -> None:
    """Raises 403/50013, 404/10011 and 400/50028 for a role that a bot with the right to manage roles cannot change."""
    role = guild.roles.get(role_id)
    if role is None:
        raise unknown_role()
    if role.id == guild.id:
        raise ApiError(400, 50028, "Invalid Role")
    if role.managed or LINKED in role.tags:
        raise missing_permissions()
    if rank(role) >= top_rank(guild, bot):
        raise missing_permissions()


def rank(role: Role) -> tuple[int, int]:
    """Orders roles: the higher position first, of two at the same the older one."""
    return role.position, -role.id


def top_rank(guild: Guild, member: Member) -> tuple[int, int]:
    """Of the member's highest role."""
    return max(rank(guild.roles[role_id]) for role_id in (guild.id, *member.roles))
