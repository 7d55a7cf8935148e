"""Definitions, versions and running instances. `engine` is the one door to the BPMN adapter."""
