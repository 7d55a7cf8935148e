"""SpiffWorkflow's task specs with the semantics we accept; `build` makes them."""

from bpmn.specs.base import LIVE, ROOT, Drawn, ProcessSpec
from bpmn.specs.building import Drawing, build

__all__ = ["LIVE", "ROOT", "Drawing", "Drawn", "ProcessSpec", "build"]
