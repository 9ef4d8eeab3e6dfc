"""Ways to reach people: one folder per channel. Packages of others add theirs by an entry point."""
