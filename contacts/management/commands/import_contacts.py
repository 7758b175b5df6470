"""`manage.py import_contacts people.csv --list Newsletter --create-list --consent`: an import without a browser."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError

from contacts import jobs
from contacts.actions.imports import PlanProblem, save_plan, submit_import, upload_import
from contacts.actions.lists import create_list
from contacts.actions.tags import InvalidTag, clean_name
from contacts.imports.detect import ENCODINGS, Unreadable
from contacts.imports.loading import Figures
from contacts.imports.mapping import FIELD, IGNORE, NEW, TARGETS, normalised
from contacts.imports.plan import Column, Plan
from contacts.imports.preview import count_rows, guess_columns
from contacts.imports.reasons import words_of
from contacts.models import CustomField, ImportIssue, Job, MailingList, User


class Command(BaseCommand):
    """Import people from a CSV file, by the same job as the page, and print what became of the rows."""

    help = "Import contacts from a CSV file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the options."""
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument("--list", action="append", default=[], help="subscribe everybody to this list; repeatable")
        parser.add_argument("--create-list", action="store_true", help="make lists that are missing")
        parser.add_argument("--consent", action="store_true", help="these people agreed; needed with --list")
        parser.add_argument("--tag", action="append", default=[], help="tag everybody; repeatable")
        parser.add_argument("--update", action="store_true", help="update people who are here already")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="what a column (name, or number from 1) is: "
            + ", ".join(TARGETS)
            + ", a custom field's key, new, or ignore; columns not named are guessed",
        )
        parser.add_argument("--encoding", choices=sorted(ENCODINGS), help="where the guess is wrong")
        parser.add_argument("--by", help="the address of the user who imports")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        by = self._user(options["by"])
        try:
            with options["file"].open("rb") as file:
                job = upload_import(file=File(file), name=options["file"].name, by=by)
            plan = self._plan(job, options, by)
            save_plan(job=job, plan=plan, by=by)
            submit_import(job=job, by=by)
        except FileNotFoundError as error:
            raise CommandError(str(error)) from None
        except (Unreadable, PlanProblem) as error:
            raise CommandError(str(error)) from None
        # A worker may have been quicker; then it is done there.
        if claimed := jobs.claim(job.pk):
            jobs.run(claimed)
        job.refresh_from_db()
        self._tell(job, options["verbosity"])

    def _plan(self, job: Job, options: dict[str, Any], by: User | None) -> Plan:
        plan = Plan.of(job)
        if options["encoding"]:
            with job.file.open("rb") as file:
                plan = guess_columns(file, plan.model_copy(update={"encoding": options["encoding"]}))
                Job.objects.filter(pk=job.pk).update(total=count_rows(file, plan))
        try:
            tags = [clean_name(tag) for tag in options["tag"]]
        except InvalidTag as error:
            raise CommandError(f"“{error}” cannot be a tag.") from None
        return plan.model_copy(
            update={
                "columns": _mapped(plan.columns, options["map"]),
                "lists": [self._list(name, options["create_list"], by).pk for name in options["list"]],
                "tags": tags,
                "update": options["update"],
                "consent": options["consent"],
            }
        )

    def _list(self, name: str, create: bool, by: User | None) -> MailingList:
        found = MailingList.objects.filter(name=name).first()
        if found is None and not create:
            raise CommandError(f"There is no list named “{name}”. Give --create-list to make it.")
        return found or create_list(name=name, by=by)

    def _user(self, email: str | None) -> User | None:
        if not email:
            return None
        found = User.objects.filter(email__iexact=email).first()
        if found is None:
            raise CommandError(f"There is no user {email}.")
        return found

    def _tell(self, job: Job, verbosity: int) -> None:
        if job.state == Job.State.FAILED:
            raise CommandError(job.error)
        for name, number in Figures.of(job).as_json().items():
            if name != "records":
                self.stdout.write(f"{name:>12} {number:>10,}")
        if verbosity > 1:
            for issue in ImportIssue.objects.filter(job=job).order_by("line", "pk").iterator():
                self.stdout.write(f"line {issue.line}: {issue.get_level_display()}: {words_of(issue)}")
        self.stdout.write(f"Job {job.pk}: {job.get_state_display()}")


def _mapped(columns: list[Column], pairs: list[str]) -> list[Column]:
    """The columns with what `--map` says. Raises CommandError."""
    keys = {field.key: field for field in CustomField.objects.all()}
    mapped = list(columns)
    for pair in pairs:
        name, mark, target = pair.rpartition("=")
        index = _index_of(name, columns)
        if not mark or index is None:
            raise CommandError(f"--map {pair}: there is no column “{name}” in the file.")
        if target in keys:
            changed = {"target": f"{FIELD}{keys[target].pk}", "kind": keys[target].kind}
        elif target in (*TARGETS, NEW, IGNORE):
            changed = {"target": target}
        else:
            raise CommandError(f"--map {pair}: there is no field “{target}”.")
        mapped = [_without(column, target) for column in mapped]
        mapped[index] = mapped[index].model_copy(update=changed)
    return mapped


def _index_of(name: str, columns: list[Column]) -> int | None:
    if name.isdecimal() and 0 < int(name) <= len(columns):
        return int(name) - 1
    return next((i for i, column in enumerate(columns) if normalised(column.header) == normalised(name)), None)


def _without(column: Column, target: str) -> Column:
    """A column that was only guessed to be `target` gives way to one that was named."""
    return column.model_copy(update={"target": IGNORE}) if column.target == target and target in TARGETS else column
