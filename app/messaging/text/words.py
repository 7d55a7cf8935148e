"""Lists of words that must not be sent: found in time linear in the text, whatever is put between.

The list is the office's own; none is shipped. What is compared is folded: full and half width,
upper and lower case, accents, blanks, what is not seen, and the ASCII signs people put between
characters. Chinese punctuation stays: it ends a sentence, and a word does not reach over it.
"""

import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import ahocorasick

from app.messaging.text.characters import UNSEEN

_BETWEEN = frozenset(string.punctuation) | frozenset("·•・")
_DROPPED = ("C", "M", "Z")  # categories: unseen and unassigned, marks, blanks


@dataclass(frozen=True)
class Hit:
    """A word of the list and where it stands in the text as written: `start` to before `end`."""

    word: str
    start: int
    end: int


class WordList:
    """Made once, asked often; safe to share."""

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for word in words:
            folded, _places = fold(word)
            if folded:  # of signs alone nothing is left, and nothing cannot be looked for
                self._automaton.add_word(folded, (word, len(folded)))
        self._is_empty = len(self._automaton) == 0
        if not self._is_empty:
            self._automaton.make_automaton()

    def find(self, text: str) -> list[Hit]:
        """Every occurrence, also of words within words, in the order of their ends."""
        if self._is_empty:
            return []
        folded, places = fold(text)
        return [
            Hit(word, places[last - length + 1], places[last] + 1)
            for last, (word, length) in self._automaton.iter(folded)
        ]


def fold(text: str) -> tuple[str, list[int]]:
    """What is compared, and for each of its characters the place in the text it came from."""
    folded: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character).casefold():
            if not _is_dropped(part):
                folded.append(part)
                places.append(at)
    return "".join(folded), places


def _is_dropped(character: str) -> bool:
    if character in _BETWEEN or character in UNSEEN:
        return True
    category = unicodedata.category(character)
    # Not yet assigned in this Python may be a rare character of a newer Unicode.
    return category[0] in _DROPPED and category != "Cn"
