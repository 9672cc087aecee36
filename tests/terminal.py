"""Commands as in a terminal, in the tests' own process, where all is imported: each starts in no time."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parents[1]


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`command("-m", "convgen.train", "age", ...)`, in a terminal that is wide enough for any path."""
    dash, name, *words = map(str, arguments)
    assert dash == "-m"
    module = import_module(f"{name}.__main__" if find_spec(name).submodule_search_locations else name)
    out, err, code = io.StringIO(), io.StringIO(), None
    here = patch.object(sys, "argv", [name, *words]), patch.dict(os.environ, {"COLUMNS": "500"})
    with here[0], here[1], redirect_stdout(out), redirect_stderr(err):
        try:
            module.main()
        except SystemExit as end:
            code = end.code
    if isinstance(code, str):
        code = err.write(f"{code}\n") and 1
    return subprocess.CompletedProcess(
        [sys.executable, *map(str, arguments)], code or 0, out.getvalue(), err.getvalue()
    )
