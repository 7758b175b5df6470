"""From recipients to what is filled into their messages: merge values, slots, and the facts of a message.

Values are loaded for a batch at a time, and only those that the mailing's templates use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection

from contacts.models import Contact, MailingList, Organization, User
from messaging.compilation import CompiledMailing
from messaging.mime import MessageFacts
from messaging.tokens import message_token, purpose_token

# Merge fields that are a column of the contact, or of its account.
CONTACT_COLUMNS = frozenset(
    {"first_name", "last_name", "email", "phone", "job_title", "city", "country", "time_zone", "score", "source"}
)
ACCOUNT_COLUMNS = frozenset({"name", "domain", "website", "phone", "city", "country"})

Recipient = dict[str, Any]


class Addressed(Protocol):
    """What rendering asks of a message: a claimed row has it, and so has the model."""

    @property
    def id(self) -> int: ...
    @property
    def mailing_id(self) -> int: ...
    @property
    def contact_id(self) -> int | None: ...
    @property
    def address(self) -> str: ...
    @property
    def to_name(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def mailing_list_id(self) -> int | None: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def message_id(self) -> UUID: ...
    @property
    def context(self) -> Any: ...


class Surroundings:
    """Lists and senders of a batch, loaded when first asked for: few rows, shared by many messages."""

    def __init__(self) -> None:
        self._lists: dict[int, MailingList | None] = {}
        self._senders: dict[int, User | None] = {}

    def list(self, list_id: int | None) -> MailingList | None:
        """The list with this id."""
        if list_id is None:
            return None
        if list_id not in self._lists:
            self._lists[list_id] = MailingList.objects.filter(pk=list_id).first()
        return self._lists[list_id]

    def sender(self, user_id: int | None) -> User | None:
        """The user with this id."""
        if user_id is None:
            return None
        if user_id not in self._senders:
            self._senders[user_id] = User.objects.filter(pk=user_id).first()
        return self._senders[user_id]

    def sender_values(self, user_id: int | None, compiled: CompiledMailing) -> Recipient:
        """The group `sender`: the organisation, whose address stands in every footer, and who writes."""
        user = self.sender(user_id)
        name, email = (user.name, user.email) if user else (compiled.from_name, compiled.from_email)
        return {**self._organization, "name": name, "email": email}

    @cached_property
    def _organization(self) -> dict[str, str]:
        found = Organization.current()
        return {"company": found.name, "address": ", ".join(found.postal_address.splitlines())}


def recipients(messages: Sequence[Addressed], compiled: CompiledMailing, around: Surroundings) -> dict[int, Recipient]:
    """The merge values of one mailing's messages, by message id, in as few queries as their kinds."""
    paths = compiled.paths
    contacts = contact_values({one.contact_id for one in messages if one.contact_id}, paths)
    senders = {user_id: around.sender_values(user_id, compiled) for user_id in {one.user_id for one in messages}}
    return {one.id: _recipient(one, contacts, senders[one.user_id], around) for one in messages}


def contact_values(contact_ids: Iterable[int], paths: Iterable[str]) -> dict[int, Recipient]:
    """The groups `contact` and `account` for each contact, as far as `paths` ask for them: one query, two with tags."""
    wanted = _wanted(frozenset(paths))
    ids = list(contact_ids)
    if not ids or not wanted.sql:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(wanted.sql, [*wanted.keys, ids])
        found = {row[0]: wanted.values(row) for row in cursor.fetchall()}
    if wanted.tags:
        _add_tags(found)
    return found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The query for some merge fields. Columns come from the lists above, keys of custom fields as parameters."""

    contact: tuple[str, ...]
    account: tuple[str, ...]
    keys: tuple[str, ...]
    full_name: bool
    tags: bool
    sql: str

    def values(self, row: tuple[Any, ...]) -> Recipient:
        """A row of the query as nested merge values."""
        split = 1 + len(self.contact)
        contact = dict(zip(self.contact, row[1:split], strict=True))
        if self.full_name:
            contact["full_name"] = f"{contact['first_name']} {contact['last_name']}".strip()
        if self.keys:
            contact["fields"] = dict(zip(self.keys, row[split + len(self.account) :], strict=True))
        if not self.account:
            return {"contact": contact}
        return {"contact": contact, "account": dict(zip(self.account, row[split:], strict=False))}


@lru_cache(maxsize=256)
def _wanted(paths: frozenset[str]) -> _Wanted:
    """Worked out once for each set of merge fields: the ORM would compile it anew for each batch."""
    fields = _of(paths, "contact")
    account = tuple(sorted(_of(paths, "account") & ACCOUNT_COLUMNS))
    names = {"first_name", "last_name"} if "full_name" in fields else set()
    contact = tuple(sorted((fields & CONTACT_COLUMNS) | names))
    keys = tuple(sorted({name.split(".")[1] for name in fields if name.startswith("fields.")}))
    tags = any(name.partition(".")[0] == "tags" for name in fields)
    columns = ["contact.id", *(f"contact.{name}" for name in contact), *(f"account.{name}" for name in account)]
    columns += [f"value{number}.text" for number in range(len(keys))]
    joins = ["LEFT JOIN contacts_account AS account ON account.id = contact.account_id"] if account else []
    joins += [_FIELD_JOIN.format(number=number) for number in range(len(keys))]
    sql = f"SELECT {', '.join(columns)} FROM contacts_contact AS contact {' '.join(joins)} WHERE contact.id = ANY (%s)"  # noqa: S608
    return _Wanted(contact, account, keys, "full_name" in fields, tags, sql if fields or account else "")


_FIELD_JOIN = """
    LEFT JOIN contacts_fieldvalue AS value{number} ON value{number}.contact_id = contact.id
        AND value{number}.field_id = (SELECT id FROM contacts_customfield WHERE key = %s)
"""


def _of(paths: Iterable[str], group: str) -> set[str]:
    return {path.partition(".")[2] for path in paths if path.partition(".")[0] == group}


def _add_tags(found: dict[int, Recipient]) -> None:
    for values in found.values():
        values["contact"]["tags"] = []
    tags = Contact.tags.through.objects.filter(contact_id__in=list(found)).order_by("tag__name")
    for contact_id, name in tags.values_list("contact_id", "tag__name"):
        found[contact_id]["contact"]["tags"].append(name)


def _recipient(
    message: Addressed, contacts: Mapping[int, Recipient], sender: Recipient, around: Surroundings
) -> Recipient:
    values = dict(contacts.get(message.contact_id or 0) or {"contact": {"email": message.address}})
    values["sender"] = sender
    if found := around.list(message.mailing_list_id):
        values["list"] = {"name": found.title}
    if message.context:
        values.update(message.context)
    return values


def facts_of(
    message: Addressed, compiled: CompiledMailing, around: Surroundings, *, auto_submitted: bool, date: datetime
) -> MessageFacts:
    """Envelope and identity of a message: the same each time but for its date."""
    user = around.sender(message.user_id) if message.purpose == "one_to_one" else None
    # 1:1 mail is from the user who sends it, always.
    from_email, from_name = (user.email, user.name) if user else ("", "")
    facts = MessageFacts(
        message_id=f"{message.message_id.hex}@{_domain(from_email or compiled.from_email)}",
        date=date,
        to_address=message.address,
        to_name=message.to_name,
        from_email=from_email,
        from_name=from_name,
        token=message_token(message.id),
        unsubscribe_token=purpose_token("unsubscribe", message.id),
        # No person writes a transactional message to its recipient (RFC 3834 section 2).
        auto_submitted=auto_submitted or message.purpose == "transactional",
    )
    if message.purpose == "marketing":
        facts.feedback_id = f"m{message.mailing_id}:l{message.mailing_list_id or 0}:marketing:relay"
        if found := around.list(message.mailing_list_id):
            facts.list_id, facts.list_name = f"list-{found.pk}.{list_domain()}", found.title
    return facts


def list_domain() -> str:
    """The domain of List-Id: this installation's own, with a dot in it (RFC 2919 section 2)."""
    return _list_domain(settings.BASE_URL)


@lru_cache(maxsize=8)
def _list_domain(base_url: str) -> str:
    host = urlsplit(base_url).hostname or "localhost"
    return host if "." in host else f"{host}.localhost"


@lru_cache(maxsize=1024)
def _domain(address: str) -> str:
    domain = address.rpartition("@")[2].lower()
    return domain if domain.isascii() else domain.encode("idna").decode("ascii")
