"""`manage.py doctor`: says what is wrong and what to do about it. Ends with 1 when something is."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from contacts.operations import Level
from crm.doctor import Told, examine

MARKS = {Level.OK: "ok", Level.HINT: "hint", Level.PROBLEM: "PROBLEM"}


class Command(BaseCommand):
    """Asks everything there is to ask, and prints a line for each answer."""

    help = "Says what is wrong with this installation and what to do; ends with 1 when something is."
    # What is wrong with the settings is told, not raised; migrations are asked about.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")
        parser.add_argument("--quiet", action="store_true", help="leave out what is well")
        parser.add_argument("--providers", action="store_true", help="connect and sign in to each active provider")
        parser.add_argument("--dns", action="store_true", help="ask DNS about SPF, DMARC and reverse names")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine and tell."""
        asked = [name for name in ("providers", "dns") if options[name]]
        if options["json"]:
            told = list(examine(asked))
            self.stdout.write(json.dumps(_facts(told), indent=2, ensure_ascii=False))
        else:
            told = []
            for one in examine(asked):
                told.append(one)
                if not (options["quiet"] and one.finding.level is Level.OK):
                    self._say(one)
            self._sum_up(told)
        if _problems(told):
            raise SystemExit(1)

    def _say(self, one: Told) -> None:
        style = {Level.OK: self.style.SUCCESS, Level.HINT: self.style.WARNING, Level.PROBLEM: self.style.ERROR}
        level = one.finding.level
        self.stdout.write(f"{style[level](f'{MARKS[level]:>8}')}  {one.title}: {one.finding.words}")
        if one.finding.remedy:
            self.stdout.write(f"{'':>8}  → {one.finding.remedy}")

    def _sum_up(self, told: list[Told]) -> None:
        problems = _problems(told)
        self.stdout.write(
            f"\n{problems} {'problem' if problems == 1 else 'problems'}." if problems else "\nAll is well."
        )


def _problems(told: list[Told]) -> int:
    return sum(one.finding.level is Level.PROBLEM for one in told)


def _facts(told: list[Told]) -> dict[str, Any]:
    findings = [
        {"about": one.key, "level": one.finding.level, "words": one.finding.words, "remedy": one.finding.remedy}
        for one in told
    ]
    return {"well": not _problems(told), "findings": findings}
