"""Questions over the store: log search, errors and performance over time, trends in words."""
