"""What the room changes: filed templates, and the list of words that are not sent."""

from app.messaging.service.filing import FILING, PASSED, file_template
from app.messaging.service.wording import enter_words

__all__ = ["FILING", "PASSED", "enter_words", "file_template"]
