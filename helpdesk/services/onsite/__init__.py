"""On-site visits, from the wish for one to its report."""
