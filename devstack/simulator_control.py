"""The simulator's own books and faults, over HTTP."""

from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel, ConfigDict


class BookLine(BaseModel):
    """One payment in the simulator's books. Amounts in Connect's two decimals for every currency, never falling."""

    model_config = ConfigDict(extra="ignore")

    payment_id: str
    merchant_reference: str | None
    currency: str
    status: str
    authorized: int
    capture_requested: int
    captured: int
    collected: int
    refunded: int
    voided: int


class SimulatorControl:
    """Speaks to `/simulator` of a running simulator."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=10.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def books(self, reference_prefix: str = "") -> list[BookLine]:
        """Return the payments whose merchant reference starts so."""
        answer = await self._get("/simulator/books", {"merchant_reference_prefix": reference_prefix})
        return [BookLine.model_validate(line) for line in answer["payments"]]

    async def requests(self, reference_prefix: str, operation: str) -> list[dict[str, Any]]:
        """Return what was asked of the simulator about payments whose reference starts so."""
        query = {"merchant_reference_prefix": reference_prefix, "operation": operation}
        answer: list[dict[str, Any]] = (await self._get("/simulator/requests", query))["requests"]
        return answer

    async def fault(self, **fault: object) -> None:
        """Have the next calls go wrong; the simulator documents how."""
        (await self._http.post("/simulator/faults", json=fault)).raise_for_status()

    async def clear_faults(self) -> None:
        """Let the next calls go well again."""
        (await self._http.delete("/simulator/faults")).raise_for_status()

    async def event_fault(self, **fault: object) -> None:
        """Have the next events come twice, late, out of order or never."""
        (await self._http.post("/simulator/webhooks/faults", json=fault)).raise_for_status()

    async def events(self, reference_prefix: str) -> list[dict[str, Any]]:
        """Return the deliveries of events about payments whose reference starts so."""
        answer = await self._get("/simulator/webhooks", {"merchant_reference_prefix": reference_prefix})
        deliveries: list[dict[str, Any]] = answer["webhooks"]
        return deliveries

    async def advance(self, seconds: float) -> None:
        """Move the simulator's clock forward."""
        (await self._http.post("/simulator/clock/advance", json={"seconds": seconds})).raise_for_status()

    async def _get(self, path: str, query: dict[str, str]) -> Any:  # noqa: ANN401 (JSON)
        answer = await self._http.get(path, params={name: value for name, value in query.items() if value})
        answer.raise_for_status()
        return answer.json()
