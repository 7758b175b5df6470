"""The state of the outbox and of everything that comes back."""

from messaging.models.call import ProviderCall
from messaging.models.dkim import DkimKey
from messaging.models.feedback import Hit, ProviderEvent
from messaging.models.mailing import Mailing, MailingLink, MailingStats, Origin, Purpose, TransactionalTemplate
from messaging.models.message import Attempt, CapturedMail, Claim, Lane, Message
from messaging.models.provider import Provider, SenderAddress, SendingDomain
from messaging.models.suppression import Suppression

__all__ = [
    "Attempt",
    "CapturedMail",
    "Claim",
    "DkimKey",
    "Hit",
    "Lane",
    "Mailing",
    "MailingLink",
    "MailingStats",
    "Message",
    "Origin",
    "Provider",
    "ProviderCall",
    "ProviderEvent",
    "Purpose",
    "SenderAddress",
    "SendingDomain",
    "Suppression",
    "TransactionalTemplate",
]
