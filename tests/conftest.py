"""What every test has: the fixtures of tests/fixtures, and property tests that can be replayed."""

from pathlib import Path

from hypothesis import settings

pytest_plugins = [
    f"tests.fixtures.{file.stem}"
    for file in sorted(Path(__file__).with_name("fixtures").glob("*.py"))
    if not file.stem.startswith("_")
]

settings.register_profile("ci", derandomize=True, max_examples=60, deadline=None, print_blob=True)
settings.register_profile("explore", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("ci")  # the other one with --hypothesis-profile=explore
