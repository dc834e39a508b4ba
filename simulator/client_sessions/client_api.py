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
from simulator.kernel.documents import Document
from simulator.payments import completion
from simulator.products import answers
from simulator.products.views import View
from simulator.services import amounts, iins, privacy

_PRODUCT = "/products/{paymentProductId}"
_GROUP = "/productgroups/{paymentProductGroupId}"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One call of the Client API."""

    path: str
    told: Callable[[Desk, Document, Call], Answer]
    schema: str | None = None

    @property
    def method(self) -> str:
        """What has a body is posted."""
        return "POST" if self.schema else "GET"


def _seen(told: Callable[[View, Call], Answer]) -> Callable[[Desk, Document, Call], Answer]:
    """An answer about products, within what the session may see."""
    return lambda desk, session, call: told(sessions.view(desk, session, call.at), call)


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


def _public_key(desk: Desk, _: Document, call: Call) -> Answer:
    return answer(200, keys.public(desk, call.at))


def _third_party_status(desk: Desk, _: Document, call: Call) -> Answer:
    return completion.third_party_status(desk, call)


QUESTIONS = (
    Question(path="/crypto/publickey", told=_public_key),
    Question(path="/payments/{paymentId}/thirdpartystatus", told=_third_party_status),
    Question(path="/products", told=_seen(answers.find_products)),
    Question(path=_PRODUCT, told=_seen(answers.get_product)),
    Question(path=f"{_PRODUCT}/networks", told=_seen(answers.networks)),
    Question(path=f"{_PRODUCT}/directory", told=_seen(answers.directory)),
    Question(
        path=f"{_PRODUCT}/customerDetails",
        told=_seen(answers.customer_details),
        schema="GetCustomerDetailsRequest",
    ),
    Question(
        path=f"{_PRODUCT}/deviceFingerprint",
        told=_seen(answers.product_fingerprint),
        schema="DeviceFingerprintRequest",
    ),
    Question(
        path=f"{_PRODUCT}/sessions",
        told=_seen(answers.wallet_session),
        schema="CreatePaymentProductSessionRequest",
    ),
    Question(path="/productgroups", told=_seen(answers.find_groups)),
    Question(path=_GROUP, told=_seen(answers.get_group)),
    Question(
        path=f"{_GROUP}/deviceFingerprint",
        told=_seen(answers.group_fingerprint),
        schema="DeviceFingerprintRequest",
    ),
    Question(path="/services/getIINdetails", told=_seen(_iin_details), schema="GetIINDetailsRequest"),
    Question(path="/services/convert/amount", told=_seen(_converted)),
    Question(path="/services/privacypolicy", told=_seen(_privacy)),
)


def application(desk: Desk) -> Starlette:
    """The Client API, to be mounted at /client. Browsers ask first whether another origin's page may call it."""
    routes = [
        Route(f"/v1/{{customerId}}{question.path}", _endpoint(desk, question), methods=[question.method])
        for question in QUESTIONS
    ]
    anywhere = Middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"], max_age=600
    )
    client = Starlette(routes=routes, middleware=[anywhere])
    client.router.redirect_slashes = False
    return client


def _endpoint(desk: Desk, question: Question) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        call = await _call(desk, request)
        with desk.books.transaction():
            try:
                given = _answered(desk, question, call)
            except Refusal as refusal:
                given = refusal.answer
        return Response(given.body, status_code=given.status, media_type=given.media_type)

    return endpoint


def _answered(desk: Desk, question: Question, call: Call) -> Answer:
    """The session comes first: without it nothing else is told."""
    session = sessions.authorized(desk, call)
    call = replace(call, merchant_id=session.merchant_id)
    if question.schema is not None:
        call = _without_account(call)
        schemas.check(question.schema, call)
    return question.told(desk, session, call)


async def _call(desk: Desk, request: Request) -> Call:
    """The request, whose merchant is known by its session alone."""
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
