"""The mailing that benchmarks send: about 10 KB on the wire, text and HTML, 8 variables, 12 counted links."""

from __future__ import annotations

from typing import Any

_ARTICLE = """<tr><td style="padding:16px 24px;font-family:Inter,Arial,sans-serif;font-size:16px;color:#1f2937">
<h2 class="title">Chapter {n}: what we learned this month</h2>
<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod – magna aliqua.</p>
<a class="button" href="https://shop.example/articles/{n}?utm_source=newsletter&amp;utm_campaign=march">Read on</a>
</td></tr>"""

_PAGE = """<!doctype html><html><head><title>News</title><style>
.title {{ font-size: 20px; line-height: 28px }} .button {{ color: #4f46e5; font-weight: 600 }}
@media (max-width: 600px) {{ .title {{ font-size: 18px }} }}
</style></head><body><table width="600" align="center" cellpadding="0" cellspacing="0">
<tr><td style="padding:24px"><h1>Hello {{{{ contact.first_name | default: "there" }}}}</h1>
<p>News for {{{{ contact.full_name }}}} of {{{{ account.name }}}} in {{{{ contact.city }}}}, {{{{ contact.country }}}}:
you are on the {{{{ contact.fields.plan }}}} plan.</p></td></tr>
{articles}
<tr><td style="padding:24px;font-size:12px">{{{{ sender.company }}}}, {{{{ sender.address }}}} –
<a href="{{{{ unsubscribe_url }}}}">Unsubscribe</a></td></tr></table></body></html>"""

SUBJECT = "{{ contact.first_name | default: 'You' }}, our news of March"
PREHEADER = "What we learned this month"
HTML = _PAGE.format(articles="\n".join(_ARTICLE.format(n=number) for number in range(1, 13)))


def recipient(number: int) -> dict[str, Any]:
    """The merge values of one of many recipients."""
    first = ("Ada", "Grace", "Zoë", "Linus", "Margaret", "Ken", "Radia")[number % 7]
    return {
        "contact": {
            "first_name": first,
            "full_name": f"{first} Example-{number}",
            "email": f"recipient{number}@example.com",
            "city": ("London", "Oslo", "São Paulo", "Kyoto")[number % 4],
            "country": ("United Kingdom", "Norway", "Brazil", "Japan")[number % 4],
            "fields": {"plan": ("gold", "silver")[number % 2]},
        },
        "account": {"name": f"Company & Sons No. {number % 500}"},
        "sender": {"company": "Example Ltd", "address": "1 Example Street, London"},
    }
