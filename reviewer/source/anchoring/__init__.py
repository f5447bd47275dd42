"""Which code a comment speaks of, by where the comment stands."""
