"""A CSV file is read as it was meant, whoever wrote it; its columns are guessed; addresses are found in cells."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from contacts.imports.addresses import NoAddress, read_address
from contacts.imports.detect import Dialect, Unreadable, detect, open_text, records
from contacts.imports.judging import split_name, without_control
from contacts.imports.mapping import Sample, day_first_of, guess, guess_kind, normalised
from contacts.models import CustomField

SAMPLES = Path(__file__).parent / "samples"
SPECTRUM = [json.loads(line) for line in (SAMPLES / "csv-spectrum.jsonl").read_text().splitlines()]


def read(content: bytes) -> list[list[str]]:
    file = io.BytesIO(content)
    written = detect(file)
    with open_text(file, written.encoding) as text:
        return [record.cells for record in records(text, written.dialect) if record.cells]


@pytest.mark.parametrize("case", SPECTRUM, ids=lambda case: case["id"].partition("/")[2])
def test_the_spectrum_of_csv(case: dict[str, Any]) -> None:
    content = base64.b64decode(case["input_b64"])
    if case["id"].endswith("crlf"):  # the corpus holds these with bare line feeds
        content = content.replace(b"\n", b"\r\n")
    header, *rows = read(content)
    assert [dict(zip(header, row, strict=True)) for row in rows] == case["expected"]


class TestEncodings:
    text = "Email;Name\r\njosé@example.com;José “Pepe” Núñez €\r\nbo@example.com;Bo\r\n"

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
    )  # fmt: skip
    def test_each_is_recognised(self, encoding: str) -> None:
        assert read(self.text.encode(encoding))[1] == ["josé@example.com", "José “Pepe” Núñez €"]

    def test_bytes_that_windows_does_not_know_are_latin_1(self) -> None:
        assert read(b"Email,Name\na@example.com,Jos\xe9 \x81\n")[1][1] == "José \x81"

    def test_a_letter_far_behind_the_beginning_decides_too(self) -> None:
        content = b"Email,Name\n" + b"a@example.com,Al\n" * 100_000 + "z@example.com,José\n".encode("cp1252")
        assert read(content)[-1] == ["z@example.com", "José"]

    def test_an_empty_file_is_refused_in_words(self) -> None:
        for nothing in (b"", b"\xef\xbb\xbf", b"\n\n"):
            with pytest.raises(Unreadable, match="empty"):
                detect(io.BytesIO(nothing))


class TestDialects:
    @pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
    def test_each_delimiter_is_recognised_though_others_stand_in_cells(self, mark: str) -> None:
        rows = [["Email", "Tags"], *([f"p{n}@example.com", "a, b; c|d"] for n in range(5))]
        if mark != "\t":
            rows = [[f'"{cell}"' for cell in row] for row in rows]
        content = "\n".join(mark.join(row) for row in rows)
        assert read(content.encode())[3] == ["p2@example.com", "a, b; c|d"]

    def test_single_quotes_escaped_quotes_and_excels_own_line_are_understood(self) -> None:
        assert read(b"'Email','Note'\n'a@example.com','one, two'\n'b@example.com','x'\n")[1][1] == "one, two"
        assert read(b'Email,Note\na@example.com,"say \\"hi\\", friend"\nb@example.com,x\n')[1][1] == 'say "hi", friend'
        assert read(b"sep=;\nEmail;Note\na@example.com;x,y,z\n")[1] == ["a@example.com", "x,y,z"]

    def test_one_column_needs_no_delimiter(self) -> None:
        assert read(b"a@example.com\nb@example.com\n") == [["a@example.com"], ["b@example.com"]]
        assert not detect(io.BytesIO(b"a@example.com\nb@example.com\n")).has_header

    def test_lines_are_counted_as_an_editor_counts_them(self) -> None:
        text = 'Email,Note\r\na@example.com,"two\r\nlines"\r\n\r\nb@example.com,x\r\n'
        found = [(record.line, record.cells[:1]) for record in records(io.StringIO(text, newline=""), Dialect())]
        assert found == [(1, ["Email"]), (2, ["a@example.com"]), (4, []), (5, ["b@example.com"])]

    def test_a_quote_that_never_ends_is_told_with_its_line(self) -> None:
        text = 'Email,Note\na@example.com,ok\nb@example.com,"open ' + "x" * 2_000_000
        with pytest.raises(Unreadable, match="line 3"):
            list(records(io.StringIO(text, newline=""), Dialect()))


class TestAddresses:
    @pytest.mark.parametrize(
        ("cell", "email", "cleaned"),
        [
            ("ada@example.com", "ada@example.com", False), (" ada@example.com ", "ada@example.com", False),
            ("Ada@Example.COM", "Ada@example.com", False), ("mailto:ada@example.com?a=b", "ada@example.com", True),
            ("ada\u200b@example.com", "ada@example.com", True), ("<ada@example.com>", "ada@example.com", True),
            ("ada@example.com;", "ada@example.com", True), ("ada@société.example", "ada@société.example", False),
            ("ada@xn--socit-esab.example", "ada@société.example", False),
            ("o'hara+x_y@sub.example.co.uk", "o'hara+x_y@sub.example.co.uk", False),
        ],
    )  # fmt: skip
    def test_what_people_write_is_read(self, cell: str, email: str, cleaned: bool) -> None:
        found = read_address(cell)
        assert (found.email, found.cleaned) == (email, cleaned)

    def test_a_name_before_the_brackets_is_kept_aside(self) -> None:
        found = read_address('"Ada, Lady" <ada@example.com>')
        assert (found.email, found.name) == ("ada@example.com", "Ada, Lady")

    def test_a_local_part_beyond_ascii_is_marked(self) -> None:
        assert read_address("用户@example.com").needs_smtputf8
        assert not read_address("user@例え.example").needs_smtputf8

    @pytest.mark.parametrize(
        ("cell", "code"),
        [
            ("", "no_email"), (" - ", "no_email"), ("N/A", "no_email"), ("a@x.com, b@x.com", "several_emails"),
            ("a@x.com b@x.com", "several_emails"), ("none@", "bad_email"), ("@example.com", "bad_email"),
            ("two@@example.com", "bad_email"), ("a b@example.com", "bad_email"), ("a@exa mple.com", "bad_email"),
            ("a@localhost", "bad_email"), ("a@example..com", "bad_email"), (".a@example.com", "bad_email"),
            ("a@-x.com", "bad_email"), ("a@x.invalid", "bad_email"), ("a" * 65 + "@example.com", "bad_email"),
            ("a@" + "x" * 64 + ".com", "bad_email"), ("a@" + "xy." * 90 + "com", "bad_email"), ("plain", "bad_email"),
            ("a@[1.2.3.4]", "bad_email"), ('"a b"@example.com', "bad_email"), ("a@1.2.3.4", "bad_email"),
            ("a@example.com\r\nBcc: b@example.com", "several_emails"),
        ],
    )  # fmt: skip
    def test_what_is_no_address_is_refused_with_its_reason(self, cell: str, code: str) -> None:
        with pytest.raises(NoAddress) as refused:
            read_address(cell)
        assert refused.value.code == code


class TestGuessing:
    @pytest.mark.parametrize(
        ("header", "target"),
        [
            ("E-mail address", "email"), ("Adresse e-mail", "email"), ("Correo electrónico", "email"),
            ("メールアドレス", "email"), ("First Name", "first_name"), ("Vorname", "first_name"),
            ("Prénom", "first_name"), ("Imię", "first_name"), ("last_name", "last_name"), ("Soyadı", "last_name"),
            ("Фамилия", "last_name"), ("Company", "account"), ("Společnost", "account"), ("Entreprise", "account"),
            ("Job title", "job_title"), ("Città", "city"), ("País", "country"), ("Schlagwörter", "tags"),
            ("Newsletter opt-in", "opt_in"), ("Full name", "full_name"), ("Téléphone", "phone"),
            ("Shoe size", "new"), ("", "ignore"),
        ],
    )  # fmt: skip
    def test_headers_are_known_in_many_languages(self, header: str, target: str) -> None:
        [column] = guess(Sample([header], [["x"]]), [])
        assert column.target == target

    def test_a_custom_field_is_found_by_its_label(self) -> None:
        field = CustomField(pk=7, key="shoe_size", label="Shoe size", kind="number")
        assert guess(Sample(["shoe-size"], [[]]), [field])[0].target == "field:7"

    def test_no_two_columns_get_the_same_target(self) -> None:
        columns = guess(Sample(["Email", "E-mail", "Name", "First name"], [[]] * 4), [])
        assert [column.target for column in columns] == ["email", "new", "new", "first_name"]

    def test_without_a_telling_header_the_cells_tell(self) -> None:
        columns = guess(Sample(["who", "reach"], [["Ada"], ["ada@example.com"]]), [])
        assert columns[1].target == "email"

    @pytest.mark.parametrize(
        ("cells", "kind"),
        [
            (["1", "2,5", "3.000"], "number"), (["€3", "4,50"], "currency"), (["01067", "10115"], "text"),
            (["yes", "no"], "checkbox"), (["2026-01-01", "3.4.2020"], "date"), (["2026-01-01 10:00"], "date_time"),
            (["a\nb"], "long_text"), (["Free", "Pro"] * 10, "dropdown"), (["one", "two", "three"], "text"),
            ([*["2026-01-01"] * 20, "yesterday"], "date"), ([], "text"),
        ],
    )  # fmt: skip
    def test_the_kind_of_a_new_field_is_guessed(self, cells: list[str], kind: str) -> None:
        assert guess_kind(cells)[0] == kind

    def test_a_dropdown_takes_the_best_spelling_of_each_option(self) -> None:
        cells = ["free", "Free", "PRO", "Pro", "TEAM"] * 8
        assert guess_kind(cells) == ("dropdown", ["Free", "Pro", "TEAM"])

    def test_a_column_tells_the_order_of_its_dates(self) -> None:
        assert day_first_of(["03/04/2026", "25/04/2026"]) is True
        assert day_first_of(["03/04/2026", "04/25/2026 10:00"]) is False
        assert day_first_of(["03/04/2026"]) is None
        assert day_first_of(["25/04/2026", "04/25/2026"]) is None

    def test_names_are_compared_without_case_accents_and_marks(self) -> None:
        assert normalised("É-Mail  Adresse:") == normalised("email_adresse")


def test_names_are_split_and_cleaned() -> None:
    assert split_name("Ada King Lovelace") == ("Ada King", "Lovelace")
    assert split_name("Lovelace, Ada") == ("Ada", "Lovelace")
    assert split_name("Plato") == ("Plato", "")
    assert without_control("a\x00b\u200b\u202ec\u3000d") == "abc d"
    assert without_control("👩\u200d🚀") == "👩\u200d🚀"
