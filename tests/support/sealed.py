"""Encrypted input: some that only looks like it, and some that the simulator can read."""

import asyncio
import base64
import json
import secrets

import httpx

from ingenico.accounts import AccountCredentials
from ingenico.api.merchant import Merchant
from ingenico.client import ConnectClient
from ingenico.transport import open_http
from ingenico.wire.sessions import SessionRequest
from payments.methods import PaymentInstruction
from tests.support.client_page import Page

VISA = 1
APPROVED = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123", "cardholderName": "J Doe"}


def look_alike(length: int = 1200, **header: object) -> str:
    """A text of the right form that nobody can decrypt."""
    named = {"alg": "RSA-OAEP", "enc": "A256CBC-HS512", "kid": "k", **header}
    first = base64.urlsafe_b64encode(json.dumps(named).encode()).decode().rstrip("=")
    return f"{first}.{'a' * 342}.{'b' * 22}.{secrets.token_hex(length // 2)}x.{'c' * 43}"


def typed(**more: object) -> PaymentInstruction:
    """An instruction with input that a provider in memory takes for good."""
    return PaymentInstruction(encrypted_input=look_alike(), **more)


async def encrypted(simulator_url: str, merchant_id: str = "1234", values: dict[str, str] | None = None) -> str:
    """What a customer's page makes of a card, in a new session of a merchant of the simulator's."""
    credentials = AccountCredentials(
        merchant_id=merchant_id, api_key_id="simulator-key", secret_api_key="simulator-secret", endpoint=simulator_url
    )
    async with open_http() as http:
        session = await Merchant(ConnectClient(http), credentials).sessions.create(SessionRequest())
    page = {
        "clientSessionId": session.client_session_id.get_secret_value(),
        "customerId": session.customer_id.get_secret_value(),
        "clientApiUrl": session.client_api_url,
    }
    return await asyncio.to_thread(_encrypt, page, values or APPROVED)


def _encrypt(session: dict[str, str], values: dict[str, str]) -> str:
    with httpx.Client(timeout=10) as http:
        return Page(http, session).encrypt(VISA, values)
