"""Processing HTML around its Liquid: constructs are hidden as marks that HTML and CSS tools keep.

An output becomes a word of private-use characters, which is valid in text, attributes and CSS. A tag
that stands between elements becomes a comment, since text between `<tr>`s would be moved out of the
table (HTML standard, section 13.2.6.1, foster parenting); inside of markup it becomes a word too.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

import css_inline

from messaging.liquid.source import Token, tokens
from messaging.personalisation import is_link

OPEN, CLOSE = "\ue000", "\ue001"
# Marks of facts that each message has: links by number, our own addresses by letter.
FACT_OPEN, FACT_CLOSE = "\ue002", "\ue003"

_MARK = re.compile(f'(?:<!--)?{OPEN}(\\d+){CLOSE}(?:-->)?(?:="")?')
_OURS = re.compile("[\ue000-\ue00f]")
_BRACE = re.compile(f"{{(?=[{{%{OPEN}]|<!--{OPEN})")
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"""\"[^\"]*\"|'[^']*'""")
_URL_START = re.compile(r"""\b(?:href|src|action|background)\s*=\s*["']?\s*$""", re.IGNORECASE)
_OUTPUT = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
# Where a `<` opens markup that ends with the given text; elements whose content is no markup whole.
_MARKUP = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)"
    r"|<(?P<raw>style|script|title|textarea)\b.*?(?:</(?P=raw)\s*>|\Z)"
    r"|</?[a-z](?:[^>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass
class Hidden:
    """A source whose constructs are hidden, and the constructs by number."""

    text: str
    constructs: list[Token] = field(default_factory=list)

    def restore(self, text: str) -> str:
        """Put the constructs back into a processed text."""
        # What was written `&#123;` is a brace now, and could begin a construct together with what follows it.
        text = _BRACE.sub("{% raw %}{{% endraw %}", text)
        return _MARK.sub(lambda match: self.constructs[int(match[1])].text, text)


def misplaced(hidden: Hidden, processed: str) -> Token | None:
    """The first tag that processing has lost or moved: it stood between attributes, or in a style sheet."""
    for match in _MARKUP.finditer(hidden.text):
        bare = "" if match["comment"] is not None or match["raw"] else _QUOTED.sub("", match[0])
        for number in map(int, _MARK.findall(bare)):
            if hidden.constructs[number].kind == "tag":
                return hidden.constructs[number]
    found = [number for number in map(int, _MARK.findall(processed)) if hidden.constructs[number].kind == "tag"]
    meant = [number for number, token in enumerate(hidden.constructs) if token.kind == "tag"]
    at = next((at for at, number in enumerate(meant) if at >= len(found) or found[at] != number), None)
    if at is None and len(found) > len(meant):
        at = 0
    return None if at is None else hidden.constructs[meant[at]]


def without_marks(text: str) -> str:
    """A text without the characters that are our marks."""
    return text if text.isascii() else _OURS.sub("", text)


def unescape_constructs(source: str) -> str:
    """HTML editors escape what is typed: `{{ name | default: &quot;x&quot; }}` is meant with quotes."""
    return "".join(token.text if token.kind == "literal" else html.unescape(token.text) for token in tokens(source))


def hide(source: str, *, markup: bool) -> Hidden:
    """Hide the constructs of a template; `markup` says whether it is HTML."""
    hidden = Hidden("")
    out: list[str] = []
    for token in tokens(source):
        if token.kind == "literal":
            out.append(token.text)
            continue
        out.append(f"{OPEN}{len(hidden.constructs)}{CLOSE}")
        hidden.constructs.append(_guarded(token, "".join(out[-2:-1])) if markup else token)
    hidden.text = "".join(out)
    if markup:
        hidden.text = _comments_between_elements(hidden)
    return hidden


def inlined(source: str) -> str:
    """HTML with its style sheets in its elements and without scripts. Media queries stay; nothing is loaded."""
    inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
    return _SCRIPT.sub("", inliner.inline(source))


def _guarded(token: Token, before: str) -> Token:
    """An output that begins a link may not be `javascript:`, whatever a contact wrote in a form."""
    if token.kind != "output" or is_link(token.text) or not _URL_START.search(before):
        return token
    expression = _OUTPUT.sub(r"{{ \1 | safe_url }}", token.text)
    return Token("output", expression, token.start)


def _comments_between_elements(hidden: Hidden) -> str:
    out: list[str] = []
    position = 0
    for match in _MARKUP.finditer(hidden.text):
        out.append(_as_comments(hidden, hidden.text[position : match.start()]))
        out.append(match[0])
        position = match.end()
    out.append(_as_comments(hidden, hidden.text[position:]))
    return "".join(out)


def _as_comments(hidden: Hidden, text: str) -> str:
    def comment(match: re.Match[str]) -> str:
        is_tag = hidden.constructs[int(match[1])].kind == "tag"
        return f"<!--{match[0]}-->" if is_tag else match[0]

    return _MARK.sub(comment, text)
