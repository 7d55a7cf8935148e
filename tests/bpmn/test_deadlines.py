"""What `deadline` may say."""

import pytest

import bpmn
from bpmn import Deadline


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("3wd", Deadline(3, "wd")),
        ("3wd from opened", Deadline(3, "wd")),
        ("5wd from field:event_date", Deadline(5, "wd", "event_date")),
        ("2wd; pause on return", Deadline(2, "wd", pauses=True)),
        ("3mo from field:left_on;pause on return", Deadline(3, "mo", "left_on", pauses=True)),
        (" 10d\n pause on return", Deadline(10, "d", pauses=True)),
        ("{leader_signing}", Deadline(0, "wd", parameter="leader_signing")),
        (
            "{answer} from field:day; pause on return",
            Deadline(0, "wd", "day", pauses=True, parameter="answer"),
        ),
        ("24h from opened", Deadline(24, "h")),
        ("0d from variable:agreed_on", Deadline(0, "d", variable="agreed_on")),
    ],
)
def test_it_is_read(text: str, read: Deadline) -> None:
    assert bpmn.deadline(text) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("soon", "应写作"),
        ("", "应写作"),
        ("1000wd", "应写作"),
        ("3 wd", "应写作"),
        ("3y", "应写作"),
        ("{leader_signing}wd", "应写作"),
        ("{}", "应写作"),
        ("3wd from field:Day", "应写作"),
        ("3wd; pause when away", "应写作"),
        ("0wd", "至少是 1"),
        ("0d", "至少是 1"),
        ("0wd from variable:agreed_on", "至少是 1"),
        ("8h from variable:agreed_on", "没有钟点"),
        ("000mo from opened", "至少是 1"),
        ("8h from field:event_date", "没有钟点"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        bpmn.deadline(text)


def test_another_deadline_for_some_forms() -> None:
    read = bpmn.when("urgency=urgent: {evaluation_urgent} from opened")
    assert (read.field, read.word) == ("urgency", "urgent")
    assert bpmn.deadline(read.rule).parameter == "evaluation_urgent"
    for text in ("urgent: 2wd", "urgency=urgent", "urgency=urgent: soon"):
        with pytest.raises(ValueError, match="应写作"):
            bpmn.when(text)
