"""What is said to people, in their language: one catalogue a language, and the words made of it."""

from bot.languages.words import ENGLISH, Sentence, Words, language_of, languages, words_in, words_of_job

__all__ = ["ENGLISH", "Sentence", "Words", "language_of", "languages", "words_in", "words_of_job"]
