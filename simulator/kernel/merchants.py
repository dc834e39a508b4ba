"""Merchant accounts: who may sign, how the account is set up, who is told of events. What the console sets at Ingenico.

The accounts a simulator starts with come from its settings; those changed over the control API are in the books.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.kernel import documents
from simulator.kernel.books import Books
from simulator.kernel.documents import Document

KIND = "merchant"


class Key(BaseModel):
    """An id that is sent and a secret that is not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=100)]
    secret: Annotated[str, Field(min_length=1, max_length=200)]


class Merchant(BaseModel):
    """One account. Of several API keys each is accepted; of several webhook keys the first signs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # An account's number becomes the first ten digits of its payments' ids.
    merchant_id: Annotated[str, Field(pattern=r"^[0-9]{1,10}$")]
    api_keys: Annotated[tuple[Key, ...], Field(min_length=1)]
    webhook_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    webhook_keys: tuple[Key, ...] = ()
    multiple_captures: bool = False
    """Authorized cards wait as PENDING_CAPTURE for one or more captures, instead of PENDING_APPROVAL for one."""
    requires_approval: bool = True
    """What holds for a payment that does not say `requiresApproval`."""
    refunds_require_approval: bool = False
    payouts_require_approval: bool = True
    mask_first_six: bool = False
    """Card numbers are shown with their first six digits, as some accounts are set up."""

    @model_validator(mode="after")
    def _events_can_be_signed(self) -> Self:
        if self.webhook_url and not self.webhook_keys:
            raise ValueError("webhook_url needs a key in webhook_keys: every event is signed")
        return self


class Merchants:
    """The accounts by number."""

    def __init__(self, books: Books, configured: tuple[Merchant, ...]) -> None:
        """Take those of the settings, and over them those that were changed while it ran."""
        self._books = books
        self._by_id = {merchant.merchant_id: merchant for merchant in configured}
        changed = [Merchant.model_validate(found.content) for found in documents.search(books, KIND)]
        self._by_id |= {merchant.merchant_id: merchant for merchant in changed}

    def get(self, merchant_id: str) -> Merchant | None:
        """The account of this number, if there is one."""
        return self._by_id.get(merchant_id)

    def all(self) -> list[Merchant]:
        """All accounts."""
        return list(self._by_id.values())

    def put(self, merchant: Merchant, now: int) -> None:
        """Add an account or change it; inside the caller's transaction."""
        content = merchant.model_dump(mode="json")
        document = Document(
            kind=KIND, id=merchant.merchant_id, merchant_id=merchant.merchant_id, content=content, created_at=now
        )
        if documents.load(self._books, KIND, merchant.merchant_id, merchant.merchant_id) is None:
            documents.insert(self._books, document)
        else:
            documents.save(self._books, document)
        self._by_id[merchant.merchant_id] = merchant
