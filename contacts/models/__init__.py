"""The state of the ground floor: people, companies, lists, and the log of what happened to them."""

from contacts.models.account import Account
from contacts.models.activity import Activity
from contacts.models.contact import Contact, ContactTag, Tag
from contacts.models.field import CustomField, FieldValue
from contacts.models.imports import ImportIssue, ImportSeen
from contacts.models.job import Job
from contacts.models.lists import MailingList, Subscription
from contacts.models.organization import Organization
from contacts.models.user import Role, User

__all__ = [
    "Account",
    "Activity",
    "Contact",
    "ContactTag",
    "CustomField",
    "FieldValue",
    "ImportIssue",
    "ImportSeen",
    "Job",
    "MailingList",
    "Organization",
    "Role",
    "Subscription",
    "Tag",
    "User",
]
