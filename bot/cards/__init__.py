"""What people see of a job: one card for each state, in short calm words."""

from bot.cards.card import Button, Card, CardStyle
from bot.cards.job import button, has_files, job_card, state_words

__all__ = ["Button", "Card", "CardStyle", "button", "has_files", "job_card", "state_words"]
