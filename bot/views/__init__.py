"""What can be pressed: buttons of cards, which survive restarts, and pages of lists."""

from bot.views.job_buttons import JobButton, download, start_from, status_embed, view_of
from bot.views.job_lists import JobListView

__all__ = ["JobButton", "JobListView", "download", "start_from", "status_embed", "view_of"]
