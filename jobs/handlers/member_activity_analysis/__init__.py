"""Member activity analysis: who was active, where and when, from what was recorded and from channel history."""

from jobs.handlers.member_activity_analysis.handler import member_activity_analysis

__all__ = ["member_activity_analysis"]
