"""Services (`services_client.py` of the official Python SDK 6.3.0)."""

import re

from ingenico.api.base import Resource
from ingenico.wire.services import ConnectionAnswer, ConvertAmountAnswer, GetIinDetailsRequest, IinDetailsAnswer
from payments.provider import Refused


class ServicesApi(Resource):
    """`/services`."""

    async def test_connection(self) -> ConnectionAnswer:
        """`GET /services/testconnection`: test connection."""
        return await self._get("/services/testconnection", ConnectionAnswer)

    async def iin_details(self, body: GetIinDetailsRequest) -> IinDetailsAnswer:
        """`POST /services/getIINdetails`: get IIN details."""
        return await self._post("/services/getIINdetails", body, IinDetailsAnswer)

    async def convert_amount(self, *, source: str, target: str, amount: int) -> ConvertAmountAnswer:
        """`GET /services/convert/amount`: convert cents of one currency into another's."""
        for name, currency in (("source", source), ("target", target)):
            if not re.fullmatch(r"[A-Z]{3}", currency):
                raise Refused("not_a_currency", f"{currency!r} is no currency: three capital letters", name)
        if amount < 0:
            raise Refused("not_an_amount", f"{amount} is below zero", "amount")
        query = {"source": source, "target": target, "amount": str(amount)}
        return await self._get("/services/convert/amount", ConvertAmountAnswer, query)
