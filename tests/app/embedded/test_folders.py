"""Folders: private ones stay private, a long path has a socket too, and faults say what to do."""

import os
import stat
from pathlib import Path

import pytest

from app.embedded.folders import (
    MAX_SOCKET_PATH_BYTES,
    EmbeddedError,
    fingerprint,
    listens,
    make_private,
    open_to_others,
    prepare_home,
    require_space,
    socket_folder,
)


def mode_of(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def test_a_new_home_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir(mode=0o750)
    prepare_home(old)
    assert mode_of(old) == 0o750

    new = tmp_path / "some" / "new"
    prepare_home(new)
    assert mode_of(new) == (0o711 if os.geteuid() == 0 else 0o700)
    assert list(new.iterdir()) == []


def test_a_home_that_cannot_be_written_is_refused_with_advice(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(EmbeddedError, match=r"cannot be written \(Not a directory\).*TERUGBLIK_HOME"):
        prepare_home(file / "home")


def test_too_little_space_is_refused_with_both_numbers(tmp_path: Path) -> None:
    require_space(tmp_path, 1)
    with pytest.raises(EmbeddedError, match=r"Only \d+ MB are free .* needs 1000000000000 MB"):
        require_space(tmp_path, 10**12)


def test_open_to_others_looks_at_every_parent(tmp_path: Path, home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "open"
    inside.mkdir()
    inside.chmod(0o755)
    assert not open_to_others(inside)
    closed.chmod(0o711)
    home.chmod(0o711)
    assert open_to_others(inside)
    assert open_to_others(inside / "not" / "yet")


def test_the_socket_is_beside_the_data_when_its_path_fits(tmp_path: Path) -> None:
    longest = Path("/srv") / ("x" * (MAX_SOCKET_PATH_BYTES - len("/srv//socket")))
    assert len(str(longest / "socket")) == MAX_SOCKET_PATH_BYTES
    assert socket_folder(longest, "socket") == longest

    folder = socket_folder(longest / "x", "socket")
    try:
        assert folder.name == f"terugblik-{fingerprint(longest / 'x')}"
        assert mode_of(folder) == 0o700
        assert socket_folder(longest / "x", "socket") == folder
        folder.chmod(0o770)
        with pytest.raises(EmbeddedError, match="is not a private folder"):
            socket_folder(longest / "x", "socket")
    finally:
        folder.rmdir()


def test_a_folder_in_tmp_that_another_user_made_is_refused(tmp_path: Path) -> None:
    data = tmp_path / ("x" * MAX_SOCKET_PATH_BYTES)
    elsewhere = tmp_path / "elsewhere"
    make_private(elsewhere)
    taken = socket_folder(data, "socket")
    taken.rmdir()
    taken.symlink_to(elsewhere)
    try:
        with pytest.raises(EmbeddedError, match="is not a private folder"):
            socket_folder(data, "socket")
    finally:
        taken.unlink()


def test_a_socket_file_without_a_server_does_not_listen(tmp_path: Path) -> None:
    assert not listens(tmp_path / "socket")
    (tmp_path / "socket").touch()
    assert not listens(tmp_path / "socket")
