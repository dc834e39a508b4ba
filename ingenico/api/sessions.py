"""Client sessions (`sessions_client.py` of the official Python SDK 6.3.0)."""

from ingenico.api.base import Resource
from ingenico.wire.sessions import SessionAnswer, SessionRequest


class SessionsApi(Resource):
    """`/sessions`."""

    async def create(self, body: SessionRequest) -> SessionAnswer:
        """`POST /sessions`: create session."""
        return await self._post("/sessions", body, SessionAnswer)
