"""One script per technique: `python -m benchmarks.TECHNIQUE [--quick]` prints one table and writes it as JSON."""

import os

os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # as in the app; read when torch is imported
