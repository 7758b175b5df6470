"""Postmark: broadcast and transactional mail leave by message streams of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.providers.esp import Esp
from messaging.providers.kind import Field


class Postmark(Esp):
    """As any ESP, with a stream for each of our two."""

    def __init__(self) -> None:
        super().__init__(
            "postmark",
            "Postmark",
            "postmark",
            "PostmarkTrackingWebhookView",
            (
                Field("server_token", _("Server API token"), secret=True),
                Field(
                    "transactional_stream",
                    _("Stream for transactional and 1:1 mail"),
                    initial="outbound",
                    required=False,
                ),
                Field("broadcast_stream", _("Stream for broadcast mail"), initial="broadcast", required=False),
            ),
        )

    def esp_extra(self, stored: Mapping[str, Any], *, broadcast: bool) -> dict[str, Any]:
        """The message stream (Postmark refuses bulk mail on `outbound`)."""
        if broadcast:
            return {"MessageStream": stored.get("broadcast_stream") or "broadcast"}
        return {"MessageStream": stored.get("transactional_stream") or "outbound"}

    def _settings(
        self, stored: Mapping[str, Any], secrets: Mapping[str, str], without: frozenset[str]
    ) -> dict[str, Any]:
        streams = {"transactional_stream", "broadcast_stream"}
        return super()._settings(stored, secrets, without | streams)


KIND = Postmark()
