"""Demo data that makes every page worth looking at: people with plausible histories, all made up."""
