"""What the columns of a file are: guessed from their names in a dozen languages, then from their cells."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from contacts.fieldkinds import BadValue, Reading, kind_of
from contacts.fieldkinds.checkbox import read_yes
from contacts.fieldkinds.date import order_told_by
from contacts.imports.plan import Column

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from contacts.models import CustomField

IGNORE, NEW, FIELD = "ignore", "new", "field:"

TARGETS: dict[str, str | StrPromise] = {
    "email": _("Email"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "full_name": _("Full name"),
    "phone": _("Phone"),
    "account": _("Account (company)"),
    "job_title": _("Job title"),
    "city": _("City"),
    "country": _("Country"),
    "tags": _("Tags"),
    "opt_in": _("Consent (yes or no)"),
}

# Normalised names (see `normalised`): English, German, French, Spanish, Italian, Portuguese, Dutch,
# Polish, Czech, Swedish, Danish, Turkish, Russian, Japanese, Chinese.
_NAMES: dict[str, str] = {
    "email": "email emailaddress mail mailaddress emailadresse emailadres emailadress emailaddresse epost epostadress"
    " eposta epostaadresi adressemail adresseemail courriel correo correoelectronico correoe indirizzoemail"
    " postaelettronica enderecodeemail adresemail emailova emailovaadresa почта электроннаяпочта имейл email1"
    " メール メールアドレス 邮箱 电子邮件 subscriberemail contactemail workemail email1value primaryemail",
    "first_name": "firstname first forename givenname vorname prenom nombre nome primeironome voornaam imie jmeno"
    " krestnijmeno fornamn fornavn ad adi имя 名 名字 fname nombredepila",
    "last_name": "lastname last surname familyname nachname familienname nom nomdefamille apellido apellidos cognome"
    " sobrenome apelido achternaam nazwisko prijmeni efternamn efternavn soyad soyadi фамилия 姓 lname secondname",
    "full_name": "name fullname contactname displayname contact vollername namekontakt nomcomplet nombrecompleto"
    " nomecompleto nomecognome volledigenaam imieinazwisko celejmeno adsoyad фио 氏名 名前 姓名 person",
    "phone": "phone phonenumber telephone tel telefon telefonnummer telefono telefone telefoon mobile mobilephone"
    " cell cellphone handy portable movil cellulare telemovel gsm telefonszam телефон 電話 電話番号 电话 numerotelefonu"
    " workphone mobilenumber numerodetelephone",
    "account": "company companyname account accountname organization organisation organizationname employer business"
    " firma firmenname unternehmen societe entreprise empresa azienda societa ditta bedrijf bedrijfsnaam foretag"
    " firmanavn sirket компания организация 会社 会社名 公司 spolecnost nazwafirmy",
    "job_title": "jobtitle title job position role function occupation position1 berufsbezeichnung funktion stelle"
    " beruf fonction poste puesto cargo ruolo funcao functie stanowisko pozice titel unvan должность 役職 职位",
    "city": "city town ort stadt wohnort ville ciudad citta cidade stad plaats miasto mesto stadort by sehir город"
    " 市 都市 市区町村 城市 locality",
    "country": "country countryregion nation land pays pais paese pais1 kraj zeme ulke страна 国 国家 nazione",
    "tags": "tags tag labels label categories category keywords stichworte schlagworter schlagworte etiquettes"
    " etiquetas etichette tagi stitky groups gruppen segments etiketter теги метки タグ 标签",
    "opt_in": "optin optedin newsletteroptin emailoptin marketingoptin consent newsletter subscribed subscribe"
    " gdpr gdprconsent marketingconsent marketing einwilligung newsletteranmeldung abonniert consentement"
    " consentimiento suscrito consenso consentimento toestemming zgoda souhlas samtycke samtykke onay согласие"
    " permission emailconsent marketingpermission acceptsmarketing acceptsemailmarketing emailpermission",
}
# Letters that Unicode does not take apart.
_WHOLE_LETTERS = str.maketrans("ıłøđæœ", "ilodao")


def normalised(name: str) -> str:
    """A header without case, accents, blanks and punctuation: `E-mail  Address` and `émail_address` are one."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_WHOLE_LETTERS))
    return "".join(char for char in decomposed if char.isalnum())


_BY_NAME = {normalised(name): target for target, names in _NAMES.items() for name in names.split()}

_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_MONEY = re.compile(r"[$€£¥₽₹]|\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|JPY)\b")
# A column is of a kind when this share of its filled cells is: real files have some "yesterday"s.
_MOST = 0.9
_MOST_OPTIONS = 12


@dataclass(frozen=True)
class Sample:
    """The first rows of a file: its header's cells, and columns of cells."""

    headers: list[str]
    columns: list[list[str]]

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]], *, has_header: bool) -> Sample:
        """Turn rows into columns as wide as the header, or as most rows are."""
        body = list(rows[1:] if has_header else rows)
        width = len(rows[0]) if has_header and rows else _usual_width(body)
        headers = [" ".join(cell.split())[:120] for cell in rows[0]] if has_header and rows else [""] * width
        whole = [row for row in body if len(row) >= width]
        return cls(headers, [[row[index].strip() for row in whole] for index in range(width)])


def guess(sample: Sample, fields: Iterable[CustomField]) -> list[Column]:
    """A column plan for every column of a sample. No target but `ignore` and `new` is given twice."""
    by_label = {normalised(field.label): field for field in fields}
    by_label |= {normalised(field.key): field for field in by_label.values()}
    columns = [
        _guess_one(header, cells, by_label) for header, cells in zip(sample.headers, sample.columns, strict=True)
    ]
    _keep_first_of_each(columns)
    if not any(column.target == "email" for column in columns):
        _find_addresses(columns, sample)
    return columns


def guess_kind(cells: Iterable[str], header: str = "") -> tuple[str, list[str]]:
    """The kind of custom field that fits a column's cells, and its options."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return "text", []
    if any("\n" in cell or len(cell) > 200 for cell in filled):
        return "long_text", []
    money = _MONEY.search(header) or sum(bool(_MONEY.search(cell)) for cell in filled) * 4 > len(filled)
    order = day_first_of(filled)
    for kind in ("currency",) if money else ("number",):
        if _share(filled, kind, order) >= _MOST and not _leading_zeros(filled):
            return kind, []
    if all(read_yes(cell) is not None for cell in filled) and len(set(filled)) > 1:
        return "checkbox", []
    if _share(filled, "date", order) >= _MOST:
        return "date", []
    if _share(filled, "date_time", order) >= _MOST:
        return "date_time", []
    options = options_in(filled)
    if len(options) <= _MOST_OPTIONS and len(filled) >= 4 * len(options):
        return "dropdown", options
    return "text", []


def options_in(cells: Iterable[str]) -> list[str]:
    """The different values of a column, each in its best spelling: neither all small nor all capitals."""
    spellings: dict[str, Counter[str]] = {}
    for cell in cells:
        if cell:
            spellings.setdefault(cell.lower(), Counter())[cell] += 1
    best = (max(counted, key=lambda text: (not text.islower(), not text.isupper(), counted[text]))
            for counted in spellings.values())  # fmt: skip
    return sorted(best, key=str.lower)


def day_first_of(cells: Iterable[str]) -> bool | None:
    """Which number of 03/04/2026 is the day, told by cells like 25/04/2026; None when they do not say or differ."""
    told = Counter(order_told_by(cell) for cell in cells)
    return None if bool(told[True]) == bool(told[False]) else bool(told[True])


def _guess_one(header: str, cells: list[str], by_label: dict[str, CustomField]) -> Column:
    name = normalised(header)
    order = day_first_of(cells)
    if not name:
        return Column(header=header, day_first=order)
    if field := by_label.get(name):
        return Column(header=header, target=f"{FIELD}{field.pk}", kind=field.kind, day_first=order)
    if target := _BY_NAME.get(name):
        return Column(header=header, target=target, day_first=order)
    kind, options = guess_kind(cells, header)
    return Column(header=header, target=NEW, kind=kind, options=options, day_first=order)


def _keep_first_of_each(columns: list[Column]) -> None:
    taken: set[str] = set()
    for column in columns:
        if column.target in taken and column.target not in (IGNORE, NEW):
            column.target = NEW
        taken.add(column.target)
    if "full_name" in taken and {"first_name", "last_name"} & taken:
        for column in columns:
            column.target = NEW if column.target == "full_name" else column.target


def _find_addresses(columns: list[Column], sample: Sample) -> None:
    """No column is named like an address: take the one whose cells look most like some."""
    shares = [sum(bool(_ADDRESS.search(cell)) for cell in cells) / (len(cells) or 1) for cells in sample.columns]
    if shares and max(shares) > 0.5:
        columns[shares.index(max(shares))].target = "email"


def _share(cells: list[str], kind: str, day_first: bool | None) -> float:
    reading = Reading(day_first=day_first is not False)
    return sum(_reads(kind, cell, reading) for cell in cells) / len(cells)


def _reads(kind: str, cell: str, reading: Reading) -> bool:
    try:
        kind_of(kind).parse(cell, reading)
    except BadValue:
        return False
    return True


def _leading_zeros(cells: list[str]) -> bool:
    """Whether the numbers of a column are names (postcodes, customer numbers): 01067 is not 1067."""
    return any(len(cell) > 1 and cell[0] == "0" and cell[1].isdigit() for cell in cells)


def _usual_width(rows: Iterable[Sequence[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(row))
    return widths.most_common(1)[0][0] if widths else 0
