"""Compiling a mailing once, so that each message costs only what differs."""

from messaging.compilation.cache import CompiledCache
from messaging.compilation.checking import check_mailing
from messaging.compilation.compiled import CompiledMailing, Link, UnreadableCompilation, render_slots, resolve_link
from messaging.compilation.compiling import compile_mailing
from messaging.compilation.slots import Recipient
from messaging.compilation.source import CompileError, MailingSource, Purpose

__all__ = [
    "CompileError",
    "CompiledCache",
    "CompiledMailing",
    "Link",
    "MailingSource",
    "Purpose",
    "Recipient",
    "UnreadableCompilation",
    "check_mailing",
    "compile_mailing",
    "render_slots",
    "resolve_link",
]
