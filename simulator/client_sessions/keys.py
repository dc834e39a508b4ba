"""The key pair that customers' pages encrypt for: made once, kept in the books."""

import base64
import uuid
from functools import lru_cache

from joserfc.jwk import RSAKey

from simulator.kernel import documents
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document

KIND = "client key"
BITS = 2048
PLATFORM = ""
"""The key is the platform's, not a merchant's."""


def public(desk: Desk, now: int) -> Json:
    """PublicKey of the Client API: its id, and the key as base64 of its DER form (SubjectPublicKeyInfo)."""
    found = documents.search(desk.books, KIND)
    document = found[0] if found else _make(desk, now)
    der = RSAKey.import_key(_text(document.content["public"])).as_der(private=False)
    return {"keyId": document.id, "publicKey": base64.b64encode(der).decode()}


def private(desk: Desk, key_id: str) -> RSAKey | None:
    """The key of an id that `public` told."""
    document = documents.find(desk.books, KIND, key_id)
    return None if document is None else _parsed(_text(document.content["private"]))


@lru_cache(maxsize=8)
def _parsed(pem: str) -> RSAKey:
    """Reading a private key checks its numbers, which takes longer than decrypting with it."""
    return RSAKey.import_key(pem)


def _make(desk: Desk, now: int) -> Document:
    key = RSAKey.generate_key(BITS)
    content: Json = {"private": key.as_pem(private=True).decode(), "public": key.as_pem(private=False).decode()}
    document = Document(kind=KIND, id=str(uuid.uuid4()), merchant_id=PLATFORM, content=content, created_at=now)
    return documents.insert(desk.books, document)


def _text(value: object) -> str:
    assert isinstance(value, str)
    return value
