"""Benchmarks: ``python -m benchmarks.NAME``. Everything that is compared runs within one run; ratios count."""
