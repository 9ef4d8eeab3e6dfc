"""The parts of the overview page, each of which shows one section of the document."""
