"""One script per technique: `python -m benchmarks.TECHNIQUE [--quick]` prints one table and writes it as JSON."""

from convgen.runtime import keep_freed_memory

keep_freed_memory()  # as in the app
