"""What the user decided about an import, as the job keeps it (`Job.params`)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from contacts.imports.detect import Dialect, Format
from contacts.models import Job


class Column(BaseModel):
    """One column of the file and what it is for.

    `target` is a key of `contacts.imports.mapping.TARGETS`, or `field:<id>` for a custom field, or
    `new` for one that is made when the import starts, of `kind`.
    """

    header: str = ""
    target: str = "ignore"
    kind: str = "text"
    options: list[str] = []
    # For dates between slashes: None where the column itself leaves it open.
    day_first: bool | None = None
    # Cells that are none of a known field's options become new ones; otherwise they are left out.
    add_options: bool = False


class Plan(BaseModel):
    """An import, completely described. Version 1."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    file_name: str = ""
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    has_header: bool = True
    columns: list[Column] = []
    lists: list[int] = []
    tags: list[str] = []
    update: bool = True
    consent: bool = False
    # Rows a transaction: large enough that statements cost nothing per row, small enough for a job's lease.
    chunk_rows: int = 20_000
    # Fields that this import made: their dropdowns learn new options as it reads on.
    made_fields: list[int] = []

    @classmethod
    def of(cls, job: Job) -> Self:
        """The plan that a job keeps."""
        return cls.model_validate(job.params)

    @property
    def dialect(self) -> Dialect:
        """How cells are set apart."""
        return Dialect(self.delimiter, self.quote, self.escape)

    def with_format(self, written: Format) -> Self:
        """The same plan for a file that is written otherwise; what columns mean is asked anew."""
        return self.model_copy(
            update={
                "encoding": written.encoding,
                "delimiter": written.dialect.delimiter,
                "quote": written.dialect.quote,
                "escape": written.dialect.escape,
                "has_header": written.has_header,
                "columns": [],
            }
        )

    def index_of(self, target: str) -> int | None:
        """Which column has this target."""
        return next((index for index, column in enumerate(self.columns) if column.target == target), None)

    @property
    def targets(self) -> set[str]:
        """All targets in use."""
        return {column.target for column in self.columns}
