"""The configuration file: loaded with marks, validated with all mistakes at once, and the settings."""
