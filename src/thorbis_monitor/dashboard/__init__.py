"""The unified document: the state of everything in one answer, computed once for all who look."""
