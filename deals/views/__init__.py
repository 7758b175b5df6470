"""Pages of deals, one module per page."""
