"""What jobs do: one module or small package a job type."""

from jobs.engine.registry import JobType
from jobs.handlers.activity_backfill import activity_backfill
from jobs.handlers.bulk_role_assignment import bulk_role_assignment, undo_role_assignment
from jobs.handlers.member_activity_analysis import member_activity_analysis


def builtin_types() -> list[JobType]:
    """The job types that come with the project."""
    return [member_activity_analysis, bulk_role_assignment, undo_role_assignment, activity_backfill]
