"""The one place that makes HTTP clients, so that every outgoing call keeps the same rules."""

import httpx

TIMEOUT_SECONDS = 15.0
"""For whoever names no time limit of its own: no outgoing call may wait for ever."""


def make_client() -> httpx.AsyncClient:
    """A client for calls to the language model and to webhooks; close it with `aclose()`.

    - `trust_env` is off: a proxy or a `.netrc` in the environment must not receive pupils' text.
    - Redirects are not followed: an address was checked, the place that it points to was not.
    - The pool has no limit: the worker's threads bound the calls already, and a second bound would
      make a call wait for a connection while its time limit runs.
    - Few idle connections are kept, for every call looks at each of them.
    """
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(TIMEOUT_SECONDS),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=2.0),
    )
