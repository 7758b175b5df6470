"""DKIM signatures (RFC 6376, RFC 8463) over what we send ourselves: keys, their records, and the signing.

A transport takes `keyring.current()` and calls its `sign` for each message. docs/dkim.md tells the rest.
"""
