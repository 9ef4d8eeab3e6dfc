"""The nouns of monitoring: values without I/O that every other part speaks in."""
