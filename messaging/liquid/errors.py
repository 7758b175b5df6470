"""What can be wrong with a template, for the person who wrote it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """One mistake: where it stands, the tag as written, and what is wrong in a sentence."""

    line: int
    tag: str
    message: str
    part: str = ""

    def __str__(self) -> str:
        place = f"{self.part}, line {self.line}" if self.part else f"Line {self.line}"
        return f"{place}: {self.tag}: {self.message}" if self.tag else f"{place}: {self.message}"


class TemplateError(Exception):
    """A template that does not parse, or that breaks on one recipient's values. Trying again cannot help."""

    permanent = True

    def __init__(self, *problems: TemplateProblem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = list(problems)
