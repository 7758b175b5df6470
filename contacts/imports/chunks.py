"""The file as chunks of judged rows, the next one being judged while the database works on the last."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from contacts.imports.detect import Record, open_text, records
from contacts.imports.judging import Issue, Judge
from contacts.imports.plan import Plan
from contacts.imports.staging import Staging
from contacts.jobs import Run

# How often a wait for the other thread looks after the job's lease.
PATIENCE_SECONDS = 5


@dataclass
class Chunk:
    """Some rows of the file, judged. `records` counts all of them, the header and blank ones too."""

    # People in the form of COPY (contacts.imports.staging).
    people: bytes = b""
    # Their rows as they stood in the file: the cells are shown where one turns out to be a double.
    raw: list[Record] = field(default_factory=list)
    tagsets: dict[tuple[str, ...], int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    learned: dict[int, tuple[str, ...]] = field(default_factory=dict)
    rows: int = 0
    records: int = 0


def judged(file: IO[bytes], plan: Plan, judge: Judge, staging: Staging, *, skip: int) -> Generator[Chunk]:
    """Judge the file's rows from the `skip`th on, a chunk at a time. Raises Unreadable. Asks no database."""
    with open_text(file, plan.encoding) as text:
        rows = records(text, plan.dialect)
        for _done in islice(rows, skip):
            pass
        header = plan.has_header and not skip
        while taken := list(islice(rows, plan.chunk_rows)):
            chunk = Chunk(records=len(taken))
            if header:
                first = next((number for number, record in enumerate(taken) if any(record.cells)), None)
                if first is not None:
                    del taken[first]
                    header = False
            _judge(judge, staging, taken, chunk)
            yield chunk


def _judge(judge: Judge, staging: Staging, taken: list[Record], chunk: Chunk) -> None:
    people, tagsets = list[str](), chunk.tagsets
    for record in taken:
        told = len(judge.issues)
        if person := judge.judge(record):
            people.append(staging.line_of(person, tagsets.setdefault(person.tags, len(tagsets))))
            chunk.raw.append(record)
        elif len(judge.issues) == told:
            continue  # a blank row
        chunk.rows += 1
    chunk.people = "".join(people).encode()
    chunk.issues, judge.issues = judge.issues, []
    chunk.learned, judge.learned = judge.learned, {}


def ahead(chunks: Iterator[Chunk], run: Run) -> Generator[Chunk]:
    """The same chunks, the next one always in the making in a thread; keeps the job's lease while it waits."""
    with ThreadPoolExecutor(1, "import") as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := _wait_for(coming, run)) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


def _wait_for(coming: Future[Chunk | None], run: Run) -> Chunk | None:
    while True:
        try:
            return coming.result(PATIENCE_SECONDS)
        except TimeoutError:
            if coming.done():  # it is the judge's own, not the wait's
                raise
            run.alive()
