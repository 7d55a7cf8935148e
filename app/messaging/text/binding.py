"""What an approval is bound to, of the texts: signature and every character, blanks included."""

from collections.abc import Mapping

from app.core import crypto
from app.messaging.text.types import Text
from app.messaging.types import Operator

Texts = Mapping[Operator | None, Text]


def text_digest(texts: Texts) -> bytes:
    """Of what goes to the numbers of each operator, and to those whose operator is not known."""
    return crypto.keyed_hash(["message text", *flat(texts)])


def flat(texts: Texts) -> list[str]:
    """One order for all who hash them; the text for unknown operators stands without a name."""
    named = [part for one in Operator if one in texts for part in (one.value, *_of(texts[one]))]
    return [*(_of(texts[None]) if None in texts else ()), *named]


def _of(text: Text) -> tuple[str, str]:
    return text.signature, text.body
