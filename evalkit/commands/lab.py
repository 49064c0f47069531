"""`evalkit lab`: open JupyterLab on a study, with working copies of the report and research notebooks."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from evalkit.commands.console import study_arguments, study_of

FIRST = "notebooks/panel.ipynb"
# Nothing of an office leaves its machine: no news, no check for updates, no catalogue of extensions.
QUIET = ("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    study_arguments(parser)
    parser.add_argument("--no-browser", action="store_true", help="jangan membuka peramban / do not open a browser")
    parser.add_argument("more", nargs="*", metavar="-- PILIHAN", help="pilihan JupyterLab sendiri, sesudah -- / options of JupyterLab, after --")
    parser.add_argument("--port", type=int, metavar="N", help="nomor port / the port")


def lab_command(root: Path, *, browser: bool = True, port: int | None = None, more: Sequence[str] = ()) -> list[str]:
    """Give the words that start JupyterLab: on this machine only, with the study as its folder and the panel first.

    Parameters
    ----------
    root : Path
        The folder of the study; the vault lies beside it and is not reachable from JupyterLab.
    browser : bool
        Whether to open one.
    port : int, optional
        By default the first that is free from 8888 on.
    more : sequence of str
        Further options of JupyterLab.

    Examples
    --------
    >>> lab_command(Path("kupang"), browser=False)[3:5]
    ['--ServerApp.root_dir=kupang', '--LabApp.default_url=/lab/tree/notebooks/panel.ipynb']
    """
    words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{FIRST}",
             "--ServerApp.ip=127.0.0.1", *QUIET]
    words += [] if browser else ["--no-browser"]
    return [*words, *([f"--ServerApp.port={port}"] if port else []), *more]


def lab_environment() -> dict[str, str]:
    """Give the environment of JupyterLab: our settings, and the kernels of this Python before those that a user's folder names."""
    settings = str(resources.files("evalkit.report.lab").joinpath("config"))  # it asks about news of its makers otherwise
    paths = os.pathsep.join(filter(None, (settings, os.environ.get("JUPYTER_CONFIG_PATH", ""))))
    return {**os.environ, "JUPYTER_CONFIG_PATH": paths, "JUPYTER_PREFER_ENV_PATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def run(options: argparse.Namespace) -> int:
    """Copy the notebooks, then run JupyterLab until it is stopped."""
    from evalkit.language.catalogue import say
    from evalkit.report.lab.choices import periods
    from evalkit.report.lab.notebooks import copy_notebooks

    study = study_of(options)
    known = periods(study, study.language)
    copy_notebooks(study, known[0][1] if known else "")
    print(say("lab.opening", study.language, study=study.title), flush=True)
    words = lab_command(study.root, browser=not options.no_browser, port=options.port, more=options.more)
    return subprocess.run(words, env=lab_environment()).returncode
