"""Home folders for the tests of the embedded services."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def new_home() -> Iterator[Path]:
    """A new home folder with the mode that `prepare_home` gives it. Others cannot enter pytest's folders."""
    folder = Path(tempfile.mkdtemp(prefix="terugblik-test-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder for one test."""
    with new_home() as folder:
        yield folder
