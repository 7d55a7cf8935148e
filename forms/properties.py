"""One JSON object of a definition, read property by property; what is left over is refused."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from forms.types import DefinitionError


class Properties:
    """One JSON object of a definition; reads typed properties and remembers the rest."""

    def __init__(self, where: str, data: object) -> None:
        if not isinstance(data, Mapping):
            raise DefinitionError(where, "应当是一个对象")
        self.where = where
        self._left = dict(data)

    def take(self, name: str) -> Any:
        return self._left.pop(name, None)

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.take(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            raise self.wrong(f"{name} 应当是文字")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(f"{name} 应当是 true 或 false")
        return value

    def count(self, name: str, default: int | None = None) -> int | None:
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
            raise self.wrong(f"{name} 应当是不小于 0 的整数")
        return value

    def items(self, name: str) -> Sequence[Any]:
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            raise self.wrong(f"{name} 应当是列表")
        return value

    def names(self, name: str, shape: re.Pattern[str]) -> tuple[str, ...]:
        found = tuple(self.items(name))
        if not all(isinstance(item, str) and shape.fullmatch(item) for item in found):
            raise self.wrong(f"{name} 里有不合写法的名称")
        return found

    def inner(self, name: str) -> "Properties":
        value = self.take(name)
        return Properties(f"{self.where}.{name}".lstrip("."), {} if value is None else value)

    def refuse_the_rest(self) -> None:
        if self._left:
            raise self.wrong(f"不认识的属性“{min(map(str, self._left))}”")

    def wrong(self, message: str) -> DefinitionError:
        return DefinitionError(self.where, message)
