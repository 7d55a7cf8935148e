"""Form definitions and the one judge of answers; pure, importable alone.

`forms.web` builds browser forms and is the only module here that knows WTForms.
"""

from forms.conditions import OUTCOME, variables_read
from forms.definition import Component, Form, Rules
from forms.describe import describe
from forms.drafts import check_draft, without_readonly
from forms.files import asks_for_files, file_ids
from forms.labels import chinese_date, label_of, labelled
from forms.loading import load
from forms.masking import mask, mask_text, mask_value
from forms.paste import rows_from_paste
from forms.rights import is_open, is_visible
from forms.splitting import Part, parts_of
from forms.types import (
    Answers,
    Check,
    CheckInput,
    Choice,
    Context,
    DefinitionError,
    DraftRefused,
    FieldError,
    Validated,
)
from forms.validation import validate

__all__ = [
    "OUTCOME",
    "Answers",
    "Check",
    "CheckInput",
    "Choice",
    "Component",
    "Context",
    "DefinitionError",
    "DraftRefused",
    "FieldError",
    "Form",
    "Part",
    "Rules",
    "Validated",
    "asks_for_files",
    "check_draft",
    "chinese_date",
    "describe",
    "file_ids",
    "is_open",
    "is_visible",
    "label_of",
    "labelled",
    "load",
    "mask",
    "mask_text",
    "mask_value",
    "parts_of",
    "rows_from_paste",
    "validate",
    "variables_read",
    "without_readonly",
]
