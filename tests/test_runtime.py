"""What a program sets once for all of its tensors."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, torch
from convgen.runtime import keep_freed_memory
torch.set_num_threads(1)
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5): torch.ones(16_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
known = keep_freed_memory()
print(known, *(faults() for _ in range(4)))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library keeps memory in its own way")
def test_tensors_have_the_memory_of_those_before_them():
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    known, *faults = done.stdout.split()
    assert known == "True"
    assert min(map(int, faults)) < 1000, "five tensors of 64 MB are 78,000 pages"
