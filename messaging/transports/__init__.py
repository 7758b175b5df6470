"""Transports by the kind of provider they serve: one file each. docs/providers.md says how to add the next."""

from __future__ import annotations

from messaging.transports.base import Answer, Conversing, Outgoing, ProviderSettings, RefusedByUs, Transport


def open_transport(provider: ProviderSettings) -> Transport | Conversing:
    """A transport that nobody else uses; it has no connection yet. Raises ProviderMisconfiguredError."""
    # Imported when a worker first needs one: anymail and its HTTP client cost memory.
    if provider.kind == "capture":
        from messaging.transports.capture import CaptureTransport

        return CaptureTransport(provider)
    if provider.kind == "smtp":
        from messaging.transports.smtp import SmtpTransport

        return SmtpTransport(provider)
    from messaging.transports.esp import EspTransport

    return EspTransport(provider)


__all__ = ["Answer", "Conversing", "Outgoing", "ProviderSettings", "RefusedByUs", "Transport", "open_transport"]
