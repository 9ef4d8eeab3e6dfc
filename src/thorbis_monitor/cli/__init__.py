"""The command ``thorbis-monitor``: one module per subcommand."""
