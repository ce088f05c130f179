"""Signatures, held against values that `openssl` computed, and the secrets at rest.

Product and receivers' library are the same code, so one accepting the other proves nothing. A vector here is
the output of

    printf '%s' 'ID.TIMESTAMP.BODY' |
        openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf KEY | base64 -d | xxd -p) -binary | base64

The first is also the one with which the libraries of the Standard Webhooks repository test themselves.
"""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.core.encryption import DecryptionError
from app.webhooks.signing import encryption, new_secret, signed_headers, url_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BODY = '{"event":"job.completed","data":{"naam":"Zoë"}}'


def at(seconds: int) -> datetime:
    """A time, from seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("message_id", "seconds", "body", "signature"),
    [
        (
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            '{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        ("msg_1", 1760000000, '{"naam":"Zoë"}', "v1,wuCX8SxXw7HRCwQMkhCaLY8kbt+QtNBKAHOqdXqLq0Y="),
    ],
    ids=["the standard's", "beyond ASCII"],
)
def test_a_message_has_the_signature_of_the_standard(
    message_id: str, seconds: int, body: str, signature: str
) -> None:
    assert signed_headers([SECRET], message_id, at(seconds), body) == {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature,
    }


def test_while_a_secret_is_replaced_there_is_a_signature_of_each() -> None:
    first, second = (
        signed_headers([secret], "msg_1", at(1760000000), BODY)["webhook-signature"]
        for secret in (SECRET, OTHER)
    )
    both = signed_headers([SECRET, OTHER], "msg_1", at(1760000000), BODY)
    assert first != second
    assert both["webhook-signature"] == f"{first} {second}"


def test_the_same_moment_in_another_time_zone_has_the_same_signature() -> None:
    local = at(1760000000).astimezone(timezone(timedelta(hours=2)))
    assert signed_headers([SECRET], "msg_1", local, BODY) == signed_headers(
        [SECRET], "msg_1", at(1760000000), BODY
    )


@pytest.mark.parametrize("changed", ["id", "timestamp", "body", "secret"])
def test_a_receiver_notices_a_change_of_any_part(changed: str) -> None:
    now = datetime.now(UTC)
    signed, receiver, body = signed_headers([SECRET], "msg_1", now, BODY), Webhook(SECRET), BODY
    assert receiver.verify(body, signed)
    if changed == "id":
        signed["webhook-id"] = "msg_2"
    elif changed == "timestamp":
        signed["webhook-timestamp"] = str(int(now.timestamp()) - 1)
    elif changed == "body":
        body += " "
    else:
        receiver = Webhook(OTHER)
    with pytest.raises(WebhookVerificationError):
        receiver.verify(body, signed)


def test_a_new_secret_is_256_bits_and_another_each_time() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(first) == len(OTHER)


def test_the_secret_of_a_school_follows_from_the_key() -> None:
    """The value is fixed, also by `openssl`: receivers keep it, and no update of Terugblik may change it."""
    assert url_secret("k" * 32, 1) == "whsec_dReGtN11e5Eu9WYC4Z+r/Lh/GrELmBFkPgJdVUV4M1w="
    assert url_secret("k" * 32, 1) != url_secret("k" * 32, 2)
    assert url_secret("k" * 32, 1) != url_secret("l" * 32, 1)


def test_an_encrypted_secret_can_be_read_with_the_same_key_only() -> None:
    stored = encryption("one key").encrypt(b"whsec_abc")
    assert b"whsec" not in stored
    assert encryption("one key").decrypt(stored) == b"whsec_abc"
    with pytest.raises(DecryptionError):
        encryption("another key").decrypt(stored)
