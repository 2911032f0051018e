"""Forms made from payload models: what is asked, how it looks, and what was wrong with the answers."""

from bot.forms.fields import SLOTS, Given, Moment, answer_of, component_of, given_in, label_of
from bot.forms.questions import Question, questions_of, unanswered
from bot.forms.wrong import shown, wrong_in

__all__ = [
    "SLOTS",
    "Given",
    "Moment",
    "Question",
    "answer_of",
    "component_of",
    "given_in",
    "label_of",
    "questions_of",
    "shown",
    "unanswered",
    "wrong_in",
]
