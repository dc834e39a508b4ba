"""An OpenAPI 3.1 document of the whole Server API, made of the table of operations and the official schemas.

Query parameters are listed here, since the operations read them one by one. Bodies of answers are described by the
official SDK's domain classes, which are public and well commented; they are not repeated.
"""

import re
from functools import cache

from simulator import api
from simulator.front import schemas
from simulator.kernel.calls import Json
from simulator.kernel.operations import Operation

# These make something: 201. Those that answer nothing: 204. All others: 200.
CREATE = {
    "payments.create", "payments.capture", "payments.refund", "captures.refund", "payments.dispute", "captures.dispute",
    "tokens.create", "sessions.create", "hostedmandatemanagements.create", "mandates.create",
    "mandates.createWithMandateReference", "payouts.create",
}  # fmt: skip
FIND_EXISTING = {"tokens.create"}  # 200 for one that was there already
EMPTY = {
    "refunds.approve", "refunds.cancel", "refunds.cancelapproval", "tokens.update", "tokens.delete",
    "tokens.approvesepadirectdebit", "hostedcheckouts.delete", "payouts.cancel", "payouts.cancelapproval",
}  # fmt: skip
DECLINE = {"payments.create", "payments.refund", "captures.refund", "payouts.create"}  # 402 with what was declined

TEXT: Json = {"type": "string"}
INTEGER: Json = {"type": "integer"}
BOOLEAN: Json = {"type": "boolean"}

_PAGE: dict[str, Json] = {"offset": INTEGER, "limit": INTEGER}
_FOUND_BY: dict[str, Json] = {"merchantReference": TEXT, "merchantOrderId": INTEGER}
_CONTEXT: dict[str, Json] = {"countryCode": TEXT, "currencyCode": TEXT, "amount": INTEGER, "isRecurring": BOOLEAN}
_PRODUCTS: dict[str, Json] = {
    **_CONTEXT,
    "locale": TEXT,
    "isInstallments": BOOLEAN,
    "hide": {"type": "array", "items": TEXT},
}
QUERIES: dict[str, dict[str, Json]] = {
    "payments.find": {"hostedCheckoutId": TEXT, **_FOUND_BY, **_PAGE},
    "payments.get": {"returnOperations": BOOLEAN},
    "refunds.find": {"hostedCheckoutId": TEXT, **_FOUND_BY, **_PAGE},
    "payouts.find": {**_FOUND_BY, **_PAGE},
    "tokens.delete": {"mandateCancelDate": TEXT},
    "products.find": _PRODUCTS,
    "products.get": {**_PRODUCTS, "forceBasicFlow": BOOLEAN},
    "products.directory": {"countryCode": TEXT, "currencyCode": TEXT},
    "products.networks": _CONTEXT,
    "productgroups.find": _PRODUCTS,
    "productgroups.get": _PRODUCTS,
    "services.convertAmount": {"source": TEXT, "target": TEXT, "amount": INTEGER},
    "services.privacypolicy": {"locale": TEXT, "paymentProductId": INTEGER},
}
REQUIRED = {"countryCode", "currencyCode", "source", "target"}

ABOUT = """Requests are signed with v1HMAC: `Authorization: GCS v1HMAC:<apiKeyId>:<signature>`, where the signature is
the Base64 of the HMAC-SHA256, by the secret API key, over the lines method, Content-Type (empty without a body), Date,
each X-GCS header in lower case and sorted, and path with query, each line ended by a line feed. `Date` must be near to
the present."""
KEY: Json = {
    "name": "X-GCS-Idempotence-Key",
    "in": "header",
    "description": "Repeats with the same key have the first answer, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[A-Za-z0-9-]+$"},
}


@cache
def document() -> Json:
    """The whole document; operations that share a path stand under it by their method."""
    paths: dict[str, Json] = {}
    for operation in api.OPERATIONS:
        path = f"{operation.root}/{{merchantId}}{operation.path}"
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ingenico Connect Server API, as simulated", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"v1HMAC": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"v1HMAC": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "schemas": {"ErrorResponse": _ERROR_RESPONSE, **_definitions()},
        },
    }


def _operation(operation: Operation, path: str) -> Json:
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.name.split(".", maxsplit=1)[0]],
        "parameters": _parameters(operation, path),
        "responses": _responses(operation),
    }
    if operation.schema is not None:
        reference = {"$ref": f"#/components/schemas/{operation.schema}"}
        described["requestBody"] = {"content": {"application/json": {"schema": reference}}, "required": True}
    elif _is_upload(operation):
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
        described["requestBody"] = {"content": {"multipart/form-data": {"schema": form}}, "required": True}
    return described


def _is_upload(operation: Operation) -> bool:
    return operation.root != "/v1" and operation.method == "POST"


def _parameters(operation: Operation, path: str) -> list[Json]:
    named = re.findall(r"{(\w+)}", path)
    in_path: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)} for name in named
    ]
    in_query: list[Json] = [
        {"name": name, "in": "query", "required": _is_required(operation.name, name), "schema": schema}
        for name, schema in QUERIES.get(operation.name, {}).items()
    ]
    return in_path + in_query + [KEY] * (operation.name in DECLINE)


def _path_schema(name: str) -> Json:
    return INTEGER if name == "paymentProductId" else {"type": "string", "pattern": "^[^/]+$"}


def _is_required(operation: str, name: str) -> bool:
    return name in REQUIRED or (operation, name) == ("services.convertAmount", "amount")


def _responses(operation: Operation) -> Json:
    told = {"description": "Done.", "content": _content(operation)}
    responses: Json = {"204" if operation.name in EMPTY else "201" if operation.name in CREATE else "200": told}
    if operation.name in EMPTY:
        del told["content"]
    if operation.name in FIND_EXISTING:
        responses["200"] = {**told, "description": "It was there already."}
    refusals = {
        "400": "A value is missing or wrong; `propertyName` names it.",
        "402": "The state of the object does not allow this, or it was declined.",
        "403": "The signature does not hold.",
        "404": "There is no such object.",
        "409": "The reference was used already, or the first request with this key still runs.",
        "410": "The object was deleted.",
        "500": "A failure that was ordered.",
    }
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}
    return responses | {status: {"description": text, "content": error} for status, text in refusals.items()}


def _content(operation: Operation) -> Json:
    if operation.root != "/v1" and operation.method == "GET":
        return {"*/*": {"schema": {}}}
    return {"application/json": {"schema": {"type": "object"}}}


def _definitions() -> dict[str, Json]:
    """All request types; those that several requests share are the same in each."""
    found: dict[str, Json] = {}
    for name in sorted({each.schema for each in api.OPERATIONS if each.schema is not None}):
        whole = schemas.document(name)
        shared = whole.get("definitions", {})
        assert isinstance(shared, dict)
        own = {key: value for key, value in whole.items() if key not in {"$schema", "definitions"}}
        found |= {key: _relocated(value) for key, value in {**shared, name: own}.items()}
    return found


def _relocated(schema: object) -> Json:
    """The same schema with its references where an OpenAPI document keeps what they name."""

    def walk(value: object) -> object:
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each) for each in value]
        return value.replace("#/definitions/", "#/components/schemas/") if isinstance(value, str) else value

    moved = walk(schema)
    assert isinstance(moved, dict)
    return moved


_ERROR_RESPONSE: Json = {
    "type": "object",
    "required": ["errorId", "errors"],
    "properties": {
        "errorId": TEXT,
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "message", "httpStatusCode", "category"],
                "properties": {
                    "category": {
                        "type": "string",
                        "enum": ["CONNECT_PLATFORM_ERROR", "PAYMENT_PLATFORM_ERROR", "IO_ERROR"],
                    },
                    "code": TEXT,
                    "httpStatusCode": INTEGER,
                    "id": TEXT,
                    "message": TEXT,
                    "propertyName": TEXT,
                    "requestId": TEXT,
                },
                "additionalProperties": False,
            },
        },
        "paymentResult": {"type": "object"},
        "refundResult": {"type": "object"},
        "payoutResult": {"type": "object"},
    },
    "additionalProperties": False,
}
