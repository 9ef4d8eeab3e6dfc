"""One folder per format of log lines; each has a ``FORMAT``. A new folder needs no change elsewhere."""
