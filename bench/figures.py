"""What a leg answers: figures, some with a budget. Knows nothing of how they are measured."""

from dataclasses import dataclass

CPU = "ms CPU"  # scaled to the machine of the recorded reference loop
RATE = "/s"  # ends the unit of a rate, which is scaled the other way


@dataclass(frozen=True)
class Figure:
    """`at_most`: whether the budget is a ceiling or a floor. Without a budget it only informs."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def holds(self) -> bool:
        if self.budget is None:
            return True
        return self.value <= self.budget if self.at_most else self.value >= self.budget

    def scaled(self, factor: float) -> "Figure":
        """As the machine of the reference loop would have measured it.

        Only what is bound to the processor: ratios, counts and waiting stay as they are.
        """
        if self.unit.startswith(CPU):
            value = self.value * factor
        elif self.unit.endswith(RATE):
            value = self.value / factor
        else:
            return self
        return Figure(self.name, value, self.unit, self.budget, self.at_most, self.note)
