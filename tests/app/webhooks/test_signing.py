"""Signatures, held against the reference library, and the secrets at rest."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.core.encryption import DecryptionError
from app.webhooks.signing import derived_secret, encryption, headers, new_secret, sign

BODY = '{"event":"job.completed","data":{"naam":"Zoë"}}'.encode()


def now() -> int:
    """The moment, as receivers check it."""
    return int(datetime.now(UTC).timestamp())


@pytest.mark.parametrize(
    "secret", [new_secret(), derived_secret("k" * 32, "school 1")], ids=["new", "derived"]
)
def test_the_reference_library_accepts_it(secret: str) -> None:
    assert Webhook(secret).verify(BODY, headers([secret], "msg_1", now(), BODY))


def test_while_a_secret_is_replaced_both_are_accepted() -> None:
    old, new = new_secret(), new_secret()
    signed = headers([new, old], "msg_1", now(), BODY)
    assert Webhook(old).verify(BODY, signed)
    assert Webhook(new).verify(BODY, signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, signed)


@pytest.mark.parametrize("changed", ["id", "timestamp", "body"])
def test_a_change_of_any_part_is_noticed(changed: str) -> None:
    secret, moment = new_secret(), now()
    signed = headers([secret], "msg_1", moment, BODY)
    if changed == "id":
        signed["webhook-id"] = "msg_2"
    elif changed == "timestamp":
        signed["webhook-timestamp"] = str(moment - 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" " if changed == "body" else BODY, signed)


@pytest.mark.parametrize("secret", ["", "abc", "whsec_é", "whsec_%%%"])
def test_another_form_of_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError):
        sign(secret, "msg_1", 1, BODY)


def test_schools_have_different_derived_secrets() -> None:
    assert derived_secret("k", "school 1") != derived_secret("k", "school 2")


def test_an_encrypted_secret_comes_back_with_the_same_key_only() -> None:
    stored = encryption("one key").encrypt(b"whsec_abc")
    assert b"whsec" not in stored
    assert encryption("one key").decrypt(stored) == b"whsec_abc"
    with pytest.raises(DecryptionError):
        encryption("another key").decrypt(stored)
