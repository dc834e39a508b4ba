"""The demo's verdict: whatever differs between the accounts is named, and makes it fail."""

import asyncio
import dataclasses
import io
import json
import time

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from devstack.demo import Demo
from devstack.order_service import SECRET, OrderService
from devstack.stories import STORIES
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from notify.signing import headers
from payments.methods import PaymentInstruction
from payments.provider import AuthorizationRequest
from tests.support.receiver import key_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECLINED = next(story for story in STORIES if story.title == "declined")
CANCELLED = next(story for story in STORIES if story.title == "cancelled")


async def _verdict(stack, temporal, monkeypatch, *stories, shop=None):
    """Play stories on the shared stack; return exit code and what was said."""
    monkeypatch.setattr("devstack.demo.CALLBACK_PATIENCE_SECONDS", 0)
    monkeypatch.setattr("devstack.demo.STORIES", stories)
    said = io.StringIO()
    demo = Demo(stack.layout, Console(file=said, width=200), stay=False)
    return await demo._play(temporal, shop), said.getvalue()


async def test_what_agrees_passes(stack, temporal, monkeypatch):
    """Without tampering the same stories pass."""
    code, said = await _verdict(stack, temporal, monkeypatch, CANCELLED, DECLINED)
    assert (code, "agree to the cent on 2 orders" in said) == (0, True), said


async def test_another_expected_total_fails_and_is_named(stack, temporal, monkeypatch):
    """A total that all three accounts share and nobody expected is a difference."""
    wrong = dataclasses.replace(
        CANCELLED, totals=lambda order: CANCELLED.totals(order).model_copy(update={"authorized": 99})
    )
    code, said = await _verdict(stack, temporal, monkeypatch, wrong)
    assert code == 1
    for account in ("provider", "ledger", "workflow"):
        assert f"authorized: expected 99, {account} 25466" in said


async def test_a_payment_that_only_the_provider_has_fails_and_is_named(stack, temporal, monkeypatch):
    """A second charge under the order's reference is found in the provider's books."""

    async def play_and_charge_again(stage, order):
        await CANCELLED.play(stage, order)
        account = AccountCredentials(
            merchant_id="1234",
            api_key_id="simulator-key",
            secret_api_key=SecretStr("simulator-secret"),
            endpoint=stack.layout.simulator_url,
        )
        async with httpx.AsyncClient() as http:
            provider = IngenicoProvider(ConnectClient(http), Accounts({"main": account}))
            await provider.authorize(
                AuthorizationRequest(
                    account="main",
                    idempotence_key="another",
                    reference=f"{order.shop}-{order.order_id}-b01",
                    amount=order.total,
                    order=order,
                    instruction=PaymentInstruction(token="token-visa-approved"),
                )
            )

    code, said = await _verdict(
        stack, temporal, monkeypatch, dataclasses.replace(CANCELLED, play=play_and_charge_again)
    )
    assert code == 1
    assert "payments: expected 1, provider 2" in said
    assert "capturable: expected 0, provider 25466" in said


async def test_empty_books_do_not_pass(stack, temporal, monkeypatch):
    """That nothing happened anywhere is agreement, and not what was expected."""

    async def play_nothing(_stage, _order):
        await asyncio.sleep(0)

    code, said = await _verdict(stack, temporal, monkeypatch, dataclasses.replace(DECLINED, play=play_nothing))
    assert code == 1
    for account in ("provider", "ledger", "workflow"):
        assert f"payments: expected 1, {account} 0" in said


async def test_a_step_that_fails_is_told_and_the_others_are_played(stack, temporal, monkeypatch):
    """One story's failure does not keep the others from their verdict."""

    async def play_and_stumble(stage, order):
        await CANCELLED.play(stage, order)
        raise ConnectionError("the [network] is gone")

    stumbling = dataclasses.replace(CANCELLED, play=play_and_stumble)
    code, said = await _verdict(stack, temporal, monkeypatch, stumbling, DECLINED)
    assert code == 1
    assert "ConnectionError: the [network] is gone" in said
    assert "1 of 2 orders differ" in said


def _told(shop, order, state, sequence=9):
    """Tell the order service of an order, as a worker does."""
    data = {"order_id": order.order_id, "sequence": sequence, "state": state}
    body = json.dumps({"data": data})
    signed = headers([key_of(SECRET)], f"msg_{order.order_id}_{sequence}", int(time.time()), body)
    return shop.receive(signed, body.encode())


def _playing(shop, state):
    async def play(stage, order):
        await CANCELLED.play(stage, order)
        _told(shop, order, state)
        # A late one changes nothing, a repeated one counts once.
        _told(shop, order, "authorized", sequence=3)
        _told(shop, order, "authorized", sequence=3)

    return dataclasses.replace(CANCELLED, play=play)


async def test_an_order_service_that_knows_each_state_passes(stack, temporal, monkeypatch, tmp_path):
    """What it was told last is the payment's state, whatever came late or twice; the line says how much that was."""
    shop = OrderService(tmp_path / "shop.jsonl")
    code, said = await _verdict(stack, temporal, monkeypatch, _playing(shop, "voided"), shop=shop)
    assert code == 0, said
    assert "2 delivered, all signatures good; the last status is the payment's for all 1 orders" in said
    again = OrderService(tmp_path / "shop.jsonl")
    assert again.delivered(shop._orders) == 2


async def test_an_order_service_that_was_told_something_else_fails(stack, temporal, monkeypatch, tmp_path):
    """A state that differs, and one that was never told, are named."""
    shop = OrderService(tmp_path / "shop.jsonl")
    stories = (_playing(shop, "authorized"), DECLINED)
    code, said = await _verdict(stack, temporal, monkeypatch, *stories, shop=shop)
    assert code == 1
    assert "state: workflow voided, the order service was told authorized" in said
    assert "state: workflow declined, the order service was told nothing" in said
    assert "the last status differs for 2 of 2 orders" in said


async def test_a_signature_that_is_not_good_fails(stack, temporal, monkeypatch, tmp_path):
    """A callback that nobody of ours signed is answered 401 and makes the demo fail."""
    shop = OrderService(tmp_path / "shop.jsonl")
    assert shop.receive({"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}, b"{}") == 401
    code, said = await _verdict(stack, temporal, monkeypatch, _playing(shop, "voided"), shop=shop)
    assert code == 1
    assert "1 whose signature is not good" in said
