"""Pages of the project floor: home, global search, the style guide, errors."""
