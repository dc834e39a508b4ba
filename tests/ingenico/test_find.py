"""Finding by reference: absence is only proven by all pages."""

import httpx
import pytest

from payments.provider import OutcomeUnknown


class Listing:
    """Connect's list of payments, served by offset and limit."""

    def __init__(self, payments, total=None, limit=100):
        self.payments, self.total, self.limit, self.offsets = payments, total, limit, []

    def __call__(self, request):
        offset, asked = int(request.url.params["offset"]), int(request.url.params["limit"])
        self.offsets.append(offset)
        page = self.payments[offset : offset + min(asked, self.limit)]
        total = {} if self.total is None else {"totalCount": self.total}
        return httpx.Response(200, json={"offset": offset, "limit": asked, "payments": page, **total})


async def test_find_reads_all_pages_and_takes_exact_matches(answered, payment_json):
    """A hit on the third page counts, and a reference that merely begins alike does not."""
    others = [payment_json(provider_id=str(n), reference=f"main-1-a01{n}") for n in range(249)]
    listing = Listing(
        [*others, payment_json(provider_id="hit", reference="main-1-a01"), payment_json(provider_id="none")], total=251
    )
    found = await answered(listing).find("main", "main-1-a01")
    assert [payment.provider_id for payment in found] == ["hit"]
    assert listing.offsets == [0, 100, 200]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101])
async def test_find_without_a_total_reads_until_a_short_page(answered, payment_json, count):
    """Where Connect does not count, a page that is not full is the last."""
    listing = Listing([payment_json(provider_id=str(n), reference="r") for n in range(count)])
    assert len(await answered(listing).find("main", "r")) == count
    assert len(listing.offsets) == count // 100 + 1


async def test_find_follows_shorter_pages(answered, payment_json):
    """Pages smaller than asked for are followed to the counted end."""
    listing = Listing([payment_json(provider_id=str(n), reference="r") for n in range(5)], total=5, limit=2)
    assert len(await answered(listing).find("main", "r")) == 5
    assert listing.offsets == [0, 2, 4]


async def test_find_that_ends_early_proves_no_absence(answered, payment_json):
    """Fewer payments than Connect counts is no answer to *is it there?*."""
    listing = Listing([payment_json(provider_id="1", reference="other")], total=2)
    with pytest.raises(OutcomeUnknown, match="counts 2"):
        await answered(listing).find("main", "r")


async def test_empty_list_may_be_null(answered):
    """No payments at all is an empty answer."""
    assert await answered(body={"totalCount": 0, "payments": None}).find("main", "r") == ()
