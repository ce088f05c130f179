"""The order of the middleware: the first of a list is met first."""

from litestar.types import ASGIApp, Receive, Scope, Send

from web.middleware.order import Layer, wrap


async def test_the_first_layer_is_met_first() -> None:
    met: list[str] = []

    def layer(name: str) -> Layer:
        def around(app: ASGIApp) -> ASGIApp:
            async def call(scope: Scope, receive: Receive, send: Send) -> None:
                met.append(name)
                await app(scope, receive, send)

            return call

        return around

    async def router(_: Scope, __: Receive, ___: Send) -> None:
        met.append("router")

    app = wrap(router, [layer("first"), layer("second")])
    await app({}, None, None)  # type: ignore[arg-type]
    assert met == ["first", "second", "router"]
