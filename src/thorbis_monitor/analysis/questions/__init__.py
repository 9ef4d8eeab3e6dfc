"""Questions that rules ask about a window of time; what reads the same rows shares one query."""
