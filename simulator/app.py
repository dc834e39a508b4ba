"""The web application: routes of the Server API and of the control API, and who answers which mistake."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from simulator import api, control, openapi
from simulator.client_sessions import assets, client_api
from simulator.console import routes as console
from simulator.disputes import control as banks
from simulator.front import pipeline
from simulator.kernel import errors
from simulator.kernel.calls import Call
from simulator.kernel.desk import Desk
from simulator.kernel.operations import Operation
from simulator.pages import routes as pages
from simulator.settings import Settings
from simulator.webhooks import control as webhooks
from simulator.webhooks import sending

LARGEST = 12 * 1024 * 1024  # bytes of a body: the file of a dispute and what stands around it

Endpoint = Callable[[Request], Awaitable[Response]]


def build(settings: Settings) -> FastAPI:
    """Open the books and lay out the routes."""
    desk = Desk.open(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with sending.announcing(desk):
            yield
        # At another speed the offset has grown since it was written.
        desk.advance(0)
        desk.books.close()

    app = FastAPI(
        title="Ingenico Connect simulator",
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=LARGEST,
        lifespan=lifespan,
    )
    for operation in api.OPERATIONS:
        path = f"{operation.root}/{{merchantId}}{operation.path}"
        app.add_route(path, _endpoint(desk, operation), methods=[operation.method])
    app.mount("/client", client_api.application(desk))
    app.add_route(assets.PATH, assets.logo, methods=["GET"])
    app.include_router(control.router(desk))
    app.include_router(webhooks.router(desk))
    app.include_router(banks.router(desk))
    app.router.routes.extend(pages.routes(desk))
    app.router.routes.extend(console.routes(desk))
    app.add_api_route("/simulator/openapi.json", openapi.document, response_model=None)
    app.add_exception_handler(HTTPException, _html)
    app.add_exception_handler(RequestValidationError, _unprocessable)
    app.add_exception_handler(Exception, _failure)
    return app


def _endpoint(desk: Desk, operation: Operation) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await pipeline.serve(desk, operation, await _call(request, operation.name, desk))

    return endpoint


async def _call(request: Request, operation: str, desk: Desk) -> Call:
    """Read the request whole. The target stays as it was sent: decoding it would spoil the signature."""
    query: bytes = request.scope["query_string"]
    raw_path: bytes = request.scope["raw_path"]
    target = raw_path + (b"?" + query if query else b"")
    return Call(
        operation=operation,
        method=request.method,
        target=target.decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]),
        body=await request.body(),
        merchant_id=request.path_params["merchantId"],
        params=request.path_params,
        queries=tuple(request.query_params.multi_items()) if query else (),
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        at=desk.clock.now(),
    )


async def _html(request: Request, error: Exception) -> Response:
    """Unknown paths and methods answer HTML: the SDKs tell a wrong address from an unknown object by that."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/simulator/"):
        return JSONResponse({"detail": error.detail}, status_code=error.status_code)
    return HTMLResponse(
        f"<html><body><h1>{error.status_code} {error.detail}</h1></body></html>", status_code=error.status_code
    )


async def _unprocessable(_: Request, error: Exception) -> Response:
    """What is wrong with an order, without the order: it may hold secrets, or numbers that JSON has none of."""
    assert isinstance(error, RequestValidationError)
    told = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
    return JSONResponse({"detail": told}, status_code=422)


async def _failure(_: Request, _error: Exception) -> Response:
    """A bug of the simulator looks like a failure of the platform, and its trace is in the log."""
    return Response(errors.server_error(500).body, status_code=500, media_type="application/json")
