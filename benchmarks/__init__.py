"""One script per technique: `python -m benchmarks.TECHNIQUE [--quick]` prints one table and writes it as JSON."""
