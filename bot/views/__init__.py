"""What can be pressed: buttons of cards, pages of lists, forms; all of it outlives a restart."""

from bot.views.job_buttons import JobButton, download, start_from, status_embed, view_of
from bot.views.job_lists import OpenJob, TurnPage, list_view

__all__ = [
    "JobButton",
    "OpenJob",
    "TurnPage",
    "download",
    "list_view",
    "start_from",
    "status_embed",
    "view_of",
]
