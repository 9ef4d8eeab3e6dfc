"""Telling people: the outbox, the channels, and the courier process that delivers."""
