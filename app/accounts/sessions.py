"""Login sessions of browsers, and how they end. login.py opens them."""

from app.accounts import sessions_repository
from app.accounts.principal import Principal
from app.core.unit_of_work import UnitOfWork


async def log_out(uow: UnitOfWork, principal: Principal) -> None:
    """End the login session that this request came with. A request with an API token has none."""
    if principal.session_key is not None:
        await sessions_repository.remove(uow.session, bytes.fromhex(principal.session_key))


async def log_out_everywhere(uow: UnitOfWork, user_id: int) -> None:
    """End all login sessions of a user. API tokens go on: each is revoked on its own."""
    await sessions_repository.remove_of_user(uow.session, user_id)
