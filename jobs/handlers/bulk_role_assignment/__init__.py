"""Bulk role assignment: roles for many members at once, shown first, journaled, and taken back when it was wrong."""

from jobs.handlers.bulk_role_assignment.handler import bulk_role_assignment, undo_role_assignment

__all__ = ["bulk_role_assignment", "undo_role_assignment"]
