"""Identifiers and secrets."""

from app.core.ids import fingerprint, new_secret, ulid


def test_ulids_sort_by_time_and_differ_within_it() -> None:
    earlier, later = ulid(1_700_000_000_000), ulid(1_700_000_000_001)
    assert earlier < later
    assert len({ulid(1_700_000_000_000) for _ in range(1000)}) == 1000


def test_a_ulid_is_written_as_the_specification_says() -> None:
    """The time of the example in github.com/ulid/spec is its first ten characters."""
    assert ulid(1_469_918_176_385)[:10] == "01ARYZ6S41"
    assert len(ulid()) == 26
    assert set(ulid()) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_secrets_are_long_and_fingerprints_do_not_hold_them() -> None:
    secret = new_secret()
    assert len(secret) >= 43, "256 bits"
    assert secret != new_secret()
    assert len(fingerprint(secret)) == 32
    assert fingerprint(secret) == fingerprint(secret)
    assert secret.encode() not in fingerprint(secret)
