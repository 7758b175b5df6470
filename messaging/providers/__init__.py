"""Kinds of providers: one file each, registered here. docs/providers.md says how to add the next."""

from messaging.providers import amazon_ses, capture, esp, postmark, resend, smtp
from messaging.providers.kind import (
    Field,
    ProviderKind,
    ProviderMisconfiguredError,
    TestResult,
    all_kinds,
    kind_named,
    register,
)

register(capture.KIND, smtp.KIND, postmark.KIND, resend.KIND, *esp.KINDS, amazon_ses.KIND)

__all__ = [
    "Field",
    "ProviderKind",
    "ProviderMisconfiguredError",
    "TestResult",
    "all_kinds",
    "kind_named",
]
