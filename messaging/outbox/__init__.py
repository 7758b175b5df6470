"""The outbox's engine: claim, route, render, hand over, mark, sweep. docs/sending.md draws the way."""
