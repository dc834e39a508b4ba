"""Tokens (`tokens_client.py` of the official Python SDK 6.3.0)."""

import re

from ingenico.api.base import Resource, plain_token
from ingenico.wire.tokens import CreateTokenAnswer, CreateTokenRequest, MandateApproval, Token, UpdateTokenRequest
from payments.provider import Refused


class TokensApi(Resource):
    """`/tokens`."""

    async def create(self, body: CreateTokenRequest) -> CreateTokenAnswer:
        """`POST /tokens`: create token. A known card number answers its existing token, unchanged."""
        return await self._post("/tokens", body, CreateTokenAnswer)

    async def get(self, token: str) -> Token:
        """`GET /tokens/{id}`: get token."""
        return await self._get(f"/tokens/{plain_token(token)}", Token)

    async def update(self, token: str, body: UpdateTokenRequest) -> None:
        """`PUT /tokens/{id}`: update token."""
        await self._done("PUT", f"/tokens/{plain_token(token)}", body)

    async def delete(self, token: str, *, mandate_cancel_date: str | None = None) -> None:
        """`DELETE /tokens/{id}`: delete token; the date, YYYYMMDD, is the one at which a SEPA mandate was cancelled."""
        query = {}
        if mandate_cancel_date is not None:
            if not re.fullmatch(r"[0-9]{8}", mandate_cancel_date):
                raise Refused("not_a_date", f"{mandate_cancel_date!r} is no date: YYYYMMDD", "mandate_cancel_date")
            query = {"mandateCancelDate": mandate_cancel_date}
        await self._done("DELETE", f"/tokens/{plain_token(token)}", query=query)

    async def approve_sepa_direct_debit(self, token: str, body: MandateApproval) -> None:
        """`POST /tokens/{id}/approvesepadirectdebit`: the mandate was signed; nothing is collected before."""
        await self._done("POST", f"/tokens/{plain_token(token)}/approvesepadirectdebit", body)
