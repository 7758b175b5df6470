"""Forms of messaging's pages."""
