"""What marketing mail must show: a way out, and who sends it (CAN-SPAM section 5, and most countries' law)."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from messaging.compilation.source import MailingSource

_STYLE = "font:12px/18px Arial,sans-serif;color:#6b7280;text-align:center;padding:24px"


def with_footer(source: MailingSource) -> MailingSource:
    """Add the unsubscribe link and the postal address where their author left them out of marketing mail."""
    if source.purpose != "marketing":
        return source
    return replace(source, html=_page(source.html), text=_plain(source.text))


def _page(html: str) -> str:
    if not html:
        return html
    lines = []
    if "sender.address" not in html:
        lines.append("{{ sender.company }} {{ sender.address }}")
    if "unsubscribe_url" not in html:
        lines.append(f'<a href="{{{{ unsubscribe_url }}}}" style="color:#6b7280">{_("Unsubscribe")}</a>')
    if not lines:
        return html
    footer = f'<div style="{_STYLE}">{"<br>".join(lines)}</div>'
    at = html.lower().rfind("</body")
    return html[:at] + footer + html[at:] if at >= 0 else html + footer


def _plain(text: str) -> str:
    if not text:
        return text
    lines = []
    if "sender.address" not in text:
        lines.append("{{ sender.company }} {{ sender.address }}")
    if "unsubscribe_url" not in text:
        lines.append(_("Unsubscribe") + ": {{ unsubscribe_url }}")
    return text.rstrip("\n") + "\n\n" + "\n".join(lines) + "\n" if lines else text
