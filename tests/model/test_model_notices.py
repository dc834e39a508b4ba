"""The model can fail: what is taken out of the engine is noticed within a few sequences."""

import contextlib

import pytest
from hypothesis import strategies as st

from payments.decide import capture
from payments.payment import Payment
from payments.provider import CaptureRequest, ProviderCapture, Refused
from tests.model.drawn import play_many
from tests.model.words import Disagreement, Terms

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENOUGH_TO_NOTICE = 40
# A plain order, so that what is missing shows soon.
PLAIN = st.just(Terms(account="parts"))


async def test_a_guard_that_is_taken_out_is_noticed(stage, monkeypatch):
    """Without the guard that keeps a capture within its hold, the payment and the model part ways."""
    left = tuple(guard for guard in capture.GUARDS if guard is not capture.must_be_held_in_full)
    assert len(left) == len(capture.GUARDS) - 1
    monkeypatch.setattr(capture, "GUARDS", left)
    with pytest.raises(Disagreement):
        await play_many(stage, ENOUGH_TO_NOTICE, ordered=PLAIN)


async def test_a_request_that_is_forgotten_is_noticed(stage, monkeypatch):
    """Where no request is known again, the same one is worked on twice."""
    monkeypatch.setattr(Payment, "request", lambda _self, _request_id: None)
    with pytest.raises(Disagreement):
        await play_many(stage, ENOUGH_TO_NOTICE, ordered=PLAIN)


async def test_what_is_sent_twice_is_noticed(stage, monkeypatch):
    """A capture that is sent twice shows, though its first answer is a good one."""
    once = type(stage.provider).capture_part

    async def twice(self: object, request: CaptureRequest) -> ProviderCapture:
        first = await once(self, request)
        with contextlib.suppress(Refused):
            await once(self, request)
        return first

    monkeypatch.setattr(type(stage.provider), "capture_part", twice)
    with pytest.raises(Disagreement):
        await play_many(stage, ENOUGH_TO_NOTICE, ordered=PLAIN)
