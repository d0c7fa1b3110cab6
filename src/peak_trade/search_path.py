"""Keeps the working directory, which may hold artifacts, off the path that modules come from."""

from __future__ import annotations

import os
import sys
import sysconfig


def leave_out_working_directory() -> None:
    """Remove the working directory from `sys.path`, by whatever name it stands there.

    It stays only where it is a directory that Python or this program is installed in.
    """
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109  pathlib may not be imported yet
    except FileNotFoundError:  # it was deleted; a relative entry leads nowhere either
        sys.path[:] = filter(os.path.isabs, sys.path)
        return
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    installed = {
        package,
        *(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")),
    }
    sys.path[:] = [
        entry for entry in sys.path if entry in installed or os.path.realpath(entry) != here
    ]
