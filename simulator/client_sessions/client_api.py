"""The Client API: what a customer's page asks for itself, from any origin, by the id of its session.

The answers are those of the Server API, within what the session may see. Paths as the official client SDK for
JavaScript calls them. The log of requests and the ordered faults are about the Server API alone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.client_sessions import keys, sessions
from simulator.front import schemas
from simulator.kernel.calls import Answer, Call, Json, Refusal, answer
from simulator.kernel.desk import Desk
from simulator.products import answers
from simulator.products.views import View
from simulator.services import amounts, iins, privacy

_PRODUCT = "/products/{paymentProductId}"
_GROUP = "/productgroups/{paymentProductGroupId}"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One call of the Client API."""

    path: str
    told: Callable[[View, Call], Answer]
    schema: str | None = None

    @property
    def method(self) -> str:
        """What has a body is posted."""
        return "POST" if self.schema else "GET"


def _iin_details(view: View, call: Call) -> Answer:
    """The page may name an account on file, which changes nothing; what the session hides is not allowed either."""
    body = iins.answer_of(call.fields)
    brands = body.get("coBrands", [body])
    assert isinstance(brands, list)
    if "isAllowedInContext" in body:
        seen = [_within(view, brand) for brand in brands]
        allowed = [brand["paymentProductId"] for brand in seen if brand["isAllowedInContext"]]
        body |= {"coBrands": seen} if "coBrands" in body else {}
        body |= {"isAllowedInContext": bool(allowed), "paymentProductId": (allowed or [body["paymentProductId"]])[0]}
    return answer(200, body)


def _within(view: View, brand: Json) -> Json:
    allowed = brand["isAllowedInContext"] is True and brand["paymentProductId"] in view.products
    return {"paymentProductId": brand["paymentProductId"], "isAllowedInContext": allowed}


def _converted(_: View, call: Call) -> Answer:
    return answer(200, amounts.answer_of(call))


def _privacy(_: View, call: Call) -> Answer:
    return answer(200, privacy.answer_of(call))


QUESTIONS = (
    Question(path="/products", told=answers.find_products),
    Question(path=_PRODUCT, told=answers.get_product),
    Question(path=f"{_PRODUCT}/networks", told=answers.networks),
    Question(path=f"{_PRODUCT}/directory", told=answers.directory),
    Question(path=f"{_PRODUCT}/customerDetails", told=answers.customer_details, schema="GetCustomerDetailsRequest"),
    Question(path=f"{_PRODUCT}/deviceFingerprint", told=answers.product_fingerprint, schema="DeviceFingerprintRequest"),
    Question(path=f"{_PRODUCT}/sessions", told=answers.wallet_session, schema="CreatePaymentProductSessionRequest"),
    Question(path="/productgroups", told=answers.find_groups),
    Question(path=_GROUP, told=answers.get_group),
    Question(path=f"{_GROUP}/deviceFingerprint", told=answers.group_fingerprint, schema="DeviceFingerprintRequest"),
    Question(path="/services/getIINdetails", told=_iin_details, schema="GetIINDetailsRequest"),
    Question(path="/services/convert/amount", told=_converted),
    Question(path="/services/privacypolicy", told=_privacy),
)


def application(desk: Desk) -> Starlette:
    """The Client API, to be mounted at /client. Browsers ask first whether another origin's page may call it."""
    routes = [
        Route(f"/v1/{{customerId}}{question.path}", _endpoint(desk, question), methods=[question.method])
        for question in QUESTIONS
    ]
    routes.append(Route("/v1/{customerId}/crypto/publickey", _public_key(desk)))
    anywhere = Middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"], max_age=600
    )
    return Starlette(routes=routes, middleware=[anywhere])


def _endpoint(desk: Desk, question: Question) -> Callable[[Request], Awaitable[Response]]:
    def told(call: Call) -> Answer:
        session = sessions.authorized(desk, call)
        if question.schema is not None:
            call = _without_account(call)
            schemas.check(question.schema, call)
        return question.told(sessions.view(desk, session, call.at), call)

    async def endpoint(request: Request) -> Response:
        return _response(desk, await _call(desk, request), told)

    return endpoint


def _public_key(desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    def told(call: Call) -> Answer:
        sessions.authorized(desk, call)
        return answer(200, keys.public(desk, call.at))

    async def endpoint(request: Request) -> Response:
        return _response(desk, await _call(desk, request), told)

    return endpoint


def _response(desk: Desk, call: Call, told: Callable[[Call], Answer]) -> Response:
    with desk.books.transaction():
        try:
            given = told(call)
        except Refusal as refusal:
            given = refusal.answer
    return Response(given.body, status_code=given.status, media_type=given.media_type)


async def _call(desk: Desk, request: Request) -> Call:
    return Call(
        operation="",
        method=request.method,
        target=request.url.path,
        headers=tuple(request.headers.items()),
        body=await request.body(),
        merchant_id="",
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        at=desk.clock.now(),
        params=request.path_params,
        queries=tuple(request.query_params.multi_items()),
    )


def _without_account(call: Call) -> Call:
    """The client SDK sends an accountOnFileId with digits of a card number; the schema of the Server API has none."""
    try:
        content = call.content
    except (ValueError, RecursionError):
        return call
    if not isinstance(content, dict) or "accountOnFileId" not in content:
        return call
    return replace(call, body=orjson.dumps({name: each for name, each in content.items() if name != "accountOnFileId"}))
