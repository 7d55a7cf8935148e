"""Regular expressions from definitions, held small enough that no text can stall a worker."""

import re

_MAX_LENGTH = 200
_REFUSED = (
    (r"\(\?(?!:)", "只能用普通分组，不能用前后查看和内嵌选项"),
    (r"\\[1-9]", "不能引用前面的分组"),
    (r"\)(?:[*+]|\{)", "分组后面只能跟“?”，不能再重复"),
    (r"\[\[|--|&&|\|\||~~", "字符集里不能嵌套运算"),
)
# Two free repetitions cost at most the square of the text's length, ten would cost years.
_REPEATS = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\d*\})")
_OPTIONALS = re.compile(r"(?<!\\)\?")


def compile_pattern(text: str) -> re.Pattern[str]:
    """Raises: ValueError with a sentence for the form's author."""
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"pattern 最多 {_MAX_LENGTH} 个字符")
    for sign, why in _REFUSED:
        if re.search(sign, text):
            raise ValueError(f"pattern {why}")
    if len(_REPEATS.findall(text)) > 2 or len(_OPTIONALS.findall(text)) > 8:
        raise ValueError("pattern 里可变的重复太多")
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError("pattern 不是正则表达式") from error
