"""Writes of the ground floor, one module per noun. One verb, one transaction, with its activity row."""
