"""The analysis as one HTML file that needs nothing else: figures, charts, and tables that can be sorted."""

from jobs.handlers.member_activity_analysis.page.page import write_page

__all__ = ["write_page"]
