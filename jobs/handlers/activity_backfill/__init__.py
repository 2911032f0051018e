"""Reading back what nobody recorded, from before the bot was there or while it was away."""

from jobs.handlers.activity_backfill.handler import activity_backfill

__all__ = ["activity_backfill"]
