"""Writes of the outbox: one verb, one transaction."""
