"""The state of the outbox and of everything that comes back."""

from messaging.models.feedback import Hit, ProviderEvent
from messaging.models.mailing import Mailing, MailingLink, MailingStats, TransactionalTemplate
from messaging.models.message import Attempt, CapturedMail, Message
from messaging.models.provider import Provider, SenderAddress, SendingDomain
from messaging.models.suppression import Suppression

__all__ = [
    "Attempt",
    "CapturedMail",
    "Hit",
    "Mailing",
    "MailingLink",
    "MailingStats",
    "Message",
    "Provider",
    "ProviderEvent",
    "SenderAddress",
    "SendingDomain",
    "Suppression",
    "TransactionalTemplate",
]
