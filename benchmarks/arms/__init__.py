"""Programs that are measured in processes of their own: `benchmarks.processes.arm` runs them.

Each prints one JSON object. `benchmarks` itself keeps freed memory, as the app does.
"""
