"""encryptedCustomerInput: a JWE that only the simulator can read, made in a session, good for one use."""

import base64
import hashlib
import re
from dataclasses import dataclass

import orjson
from joserfc import jwe
from joserfc.errors import JoseError

from simulator.client_sessions import accounts, keys, sessions
from simulator.kernel import documents, errors
from simulator.kernel.calls import Call, Json, Refusal
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.products.table import PRODUCTS

FIELD = "encryptedCustomerInput"
KIND = "used customer input"
ALGORITHM, ENCRYPTION = "RSA-OAEP", "A256CBC-HS512"
LONGEST = 20_000
_HEADER = frozenset({"alg", "enc", "kid", "typ", "cty"})
_COMPACT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What a customer typed. `digest` tells this input from any other; `token` stands for a chosen account on file."""

    digest: str
    product: int
    values: dict[str, str]
    token: str | None
    tokenize: bool


def read(desk: Desk, call: Call) -> Typed | None:
    """Decrypt and check; None when the body has no such input. Raises Refusal, and changes nothing."""
    blob = call.fields.get(FIELD)
    if blob is None:
        return None
    assert isinstance(blob, str)
    content = _decrypted(desk, blob)
    session_id, nonce = content.get("clientSessionId"), content.get("nonce")
    if not isinstance(session_id, str) or not isinstance(nonce, str) or not nonce:
        raise refused("ITS CONTENT HAS NO clientSessionId OR NO nonce")
    session = documents.load(desk.books, sessions.KIND, call.merchant_id, session_id)
    if session is None:
        raise refused("ITS CLIENT SESSION IS UNKNOWN")
    if sessions.is_over(session, call.at):
        raise refused("ITS CLIENT SESSION HAS EXPIRED")
    digest = hashlib.sha256(f"{session_id} {nonce}".encode()).hexdigest()
    if documents.find(desk.books, KIND, digest) is not None:
        raise refused("IT WAS USED BEFORE")
    return Typed(
        digest=digest,
        product=_product(content),
        values=_values(content),
        token=_token(session, content.get("accountOnFileId")),
        tokenize=content.get("tokenize") is True,
    )


def spend(desk: Desk, call: Call, typed: Typed) -> None:
    """Note that it was used: after what it was used for is written."""
    used = Document(kind=KIND, id=typed.digest, merchant_id=call.merchant_id, content={}, created_at=call.at)
    documents.insert(desk.books, used)


def refused(why: str) -> Refusal:
    """What is wrong with it; what it holds stays unsaid."""
    return errors.refuse(400, errors.invalid_value(FIELD, f"VALUE OF FIELD {FIELD} IS NOT ACCEPTED: {why}"))


def _decrypted(desk: Desk, blob: str) -> Json:
    if len(blob) > LONGEST or not _COMPACT.fullmatch(blob):
        raise refused("IT IS NOT A JWE IN COMPACT FORM")
    header = _object(_decoded(blob.partition(".")[0]), "ITS HEADER IS NOT A JSON OBJECT")
    if (header.get("alg"), header.get("enc")) != (ALGORITHM, ENCRYPTION):
        raise refused(f"IT IS NOT ENCRYPTED WITH {ALGORITHM} AND {ENCRYPTION}")
    key_id = header.get("kid")
    key = keys.private(desk, key_id) if isinstance(key_id, str) else None
    if key is None:
        raise refused("ITS KEY IS UNKNOWN")
    if not header.keys() <= _HEADER:
        # Such as a compression, or what must be understood: the SDKs send none of it.
        raise refused("IT CANNOT BE DECRYPTED")
    try:
        plain = jwe.decrypt_compact(blob, key, algorithms=[ALGORITHM, ENCRYPTION]).plaintext
    except (JoseError, ValueError):
        raise refused("IT CANNOT BE DECRYPTED") from None
    return _object(plain or b"", "ITS CONTENT IS NOT A JSON OBJECT")


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""


def _object(text: bytes, wrong: str) -> Json:
    try:
        found = orjson.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refused(wrong)
    return found


def _product(content: Json) -> int:
    product = content.get("paymentProductId")
    if not isinstance(product, int) or isinstance(product, bool) or product not in PRODUCTS:
        raise refused("ITS paymentProductId IS UNKNOWN")
    return product


def _values(content: Json) -> dict[str, str]:
    """The values by field. A page sends each field once, and as a string."""
    given = content.get("paymentValues", [])
    values: dict[str, str] = {}
    for pair in given if isinstance(given, list) else [None]:
        key, value = (pair.get("key"), pair.get("value")) if isinstance(pair, dict) else (None, None)
        if not isinstance(key, str) or not isinstance(value, str) or key in values:
            raise refused("ITS paymentValues ARE NOT PAIRS OF key AND value, EACH KEY ONCE")
        values[key] = value
    return values


def _token(session: Document, account_id: object) -> str | None:
    if account_id is None:
        return None
    for token in sessions.tokens(session):
        if accounts.account_id(token) == account_id:
            return token
    raise refused("ITS accountOnFileId IS NOT OF ITS CLIENT SESSION")
