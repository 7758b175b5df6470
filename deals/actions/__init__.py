"""Writes of deals, one module per noun. One verb, one transaction, with its activity row."""
