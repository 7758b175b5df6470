"""A small SMTP client of our own: pipelined, kept open, and exact about what is known after each fault."""

from messaging.smtp.client import SmtpClient, test_connection
from messaging.smtp.envelope import Envelope, dot_stuffed
from messaging.smtp.replies import HandOver, Outcome, Reply, Stage
from messaging.smtp.settings import AccessToken, Security, SmtpSettings, Timeouts, TokenUnavailable

__all__ = [
    "AccessToken",
    "Envelope",
    "HandOver",
    "Outcome",
    "Reply",
    "Security",
    "SmtpClient",
    "SmtpSettings",
    "Stage",
    "Timeouts",
    "TokenUnavailable",
    "dot_stuffed",
    "test_connection",
]
