"""The engine with everything taken away that a template has no business with, and bounds on the rest.

No tag that loads anything (include, render), no counters, no `liquid` tag; loops are counted over the
whole rendering, since nested and repeated loops multiply; output, local variables and nesting are
bounded. Together these bound the time: a template can do at most MAX_LOOP_STEPS times its own length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING

from liquid import Environment, Mode
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import Path
from liquid.builtin.expressions.logical import (
    BooleanExpression,
    LogicalAndExpression,
    LogicalNotExpression,
    LogicalOrExpression,
)
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    cycle_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.context import RenderContext
from liquid.exceptions import LoopIterationLimitError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.stream import TokenStream

from messaging.liquid import filters

if TYPE_CHECKING:
    from liquid.tag import Tag

MAX_LOOP_STEPS = 10_000
MAX_SOURCE = 1_000_000

# Characters that stand for constructs while HTML is processed: no recipient's value may hold one.
# And halves of characters, which cannot be encoded.
_NOT_IN_VALUES = re.compile("[\ue000-\ue00f\ud800-\udfff]")


class LinkText(str):
    """A link's own value: the only text whose private-use characters are ours."""

    __slots__ = ()


class _Truth(Expression):
    """A bare name where truth is asked: blank text is false, as its author expects of `{% if city %}`."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        super().__init__(path.token)
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def evaluate(self, context: RenderContext) -> object:
        value = self.path.evaluate(context)
        return None if isinstance(value, str) and not value.strip() else value

    def children(self) -> list[Expression]:
        return [self.path]


def _soften(expression: Expression) -> Expression:
    if isinstance(expression, Path):
        return _Truth(expression)
    if isinstance(expression, BooleanExpression):
        expression.expression = _soften(expression.expression)
    elif isinstance(expression, LogicalAndExpression | LogicalOrExpression):
        expression.left = _soften(expression.left)
        expression.right = _soften(expression.right)
    elif isinstance(expression, LogicalNotExpression):
        expression.right = _soften(expression.right)
    return expression


class _SoftIf(if_tag.IfTag):
    mode = Mode.STRICT

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        if isinstance(node, if_tag.IfNode):
            _soften(node.condition)
            for alternative in node.alternatives:
                _soften(alternative.expression)
        return node


class _SoftUnless(unless_tag.UnlessTag):
    mode = Mode.STRICT

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        if isinstance(node, unless_tag.UnlessNode):
            _soften(node.condition)
            for alternative in node.alternatives:
                _soften(alternative.expression)
        return node


TAGS: tuple[type[Tag], ...] = (
    content.Literal,
    output.Output,
    illegal.Illegal,
    _SoftIf,
    _SoftUnless,
    case_tag.CaseTag,
    for_tag.ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    cycle_tag.CycleTag,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
)
# What may stand after `{%`; `raw` is the lexer's own.
TAG_NAMES = frozenset(
    {"if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor"}
    | {"break", "continue", "assign", "capture", "endcapture", "cycle", "comment", "endcomment", "#"}
    | {"raw", "endraw"}
)


class BoundedContext(RenderContext):
    """A rendering in progress, with its loop steps counted and values cleaned as they are read."""

    __slots__ = ("steps",)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count a loop's steps before it starts; all loops of a rendering share one budget."""
        self.steps: int = getattr(self, "steps", 0) + length
        if self.steps > MAX_LOOP_STEPS:
            raise LoopIterationLimitError("too many loop steps", token=None)

    def get(self, path: list[object], **kwargs: object) -> object:
        """Read a value; ours are the only private-use characters in it."""
        value = super().get(path, **kwargs)  # type: ignore[arg-type]  # the engine's keywords, passed on
        if isinstance(value, str) and not value.isascii() and not isinstance(value, LinkText):
            return _NOT_IN_VALUES.sub("", value)
        return value


class BoundedEnvironment(Environment):
    """A sandbox for templates that staff wrote and strangers' values fill."""

    block_nesting_limit = 20
    context_depth_limit = 20
    loop_iteration_limit = MAX_LOOP_STEPS
    local_namespace_limit = filters.MAX_LENGTH
    output_stream_limit = 1_000_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Install what is allowed, and nothing else."""
        for tag in TAGS:
            self.add_tag(tag)
        filters.install(self)


TEXT = BoundedEnvironment()
HTML = BoundedEnvironment(autoescape=True)


class Rendering:
    """Nodes rendered one after another in one context, so that what one assigns the next can read."""

    def __init__(self, environment: BoundedEnvironment, values: Mapping[str, object]) -> None:
        self._context = BoundedContext(environment.from_string(""), globals=values)
        self._limit = environment.output_stream_limit or 0
        self._written = 0

    def write(self, nodes: list[Node]) -> str:
        """The nodes' output. Raises LiquidError."""
        buffer: StringIO = LimitedStringIO(limit=self._limit - self._written)
        for node in nodes:
            node.render(self._context, buffer)
        text = buffer.getvalue()
        self._written += len(text)
        return text
