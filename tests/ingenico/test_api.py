"""Every operation is asked for where the official SDK asks for it, and repeated as the table says."""

import inspect
from urllib.parse import parse_qs

import pytest

from ingenico.api.files import DisputeFilesApi
from ingenico.api.merchant import Merchant
from ingenico.retries import RULES, Repeat
from payments.provider import Refused
from tests.ingenico.sdk_bodies import filled
from tests.ingenico.sdk_calls import KEY, OPERATIONS, PAYMENT, by_the_sdk


@pytest.mark.parametrize("name", OPERATIONS)
async def test_each_operation_goes_where_the_sdk_sends_it(merchant, name):
    """Method, path and query are those of the official SDK, and the key travels where the table says so."""
    ours, theirs, answer = OPERATIONS[name]
    seen = []
    made = merchant(status=204 if answer is None else 200, body=answer and filled(answer), seen=seen)
    result = await ours(made)
    assert (result is None) == (answer is None)
    [request] = seen
    sent = (request.method, request.url.path, parse_qs(request.url.query.decode()))
    assert sent == by_the_sdk(theirs)
    keyed = RULES[name].repeat is Repeat.SAME_KEY
    assert request.headers.get("X-GCS-Idempotence-Key") == (KEY if keyed else None)


def operations():
    """Every public call of the API, by the name of its resource."""
    found = {}
    for resource, api in vars(Merchant(None, None)).items():
        for name, method in inspect.getmembers(api, inspect.iscoroutinefunction):
            if not name.startswith("_"):
                found[f"{resource}.{name}"] = method
    return found | {"dispute_files.upload": DisputeFilesApi.upload}


def test_the_table_of_retries_is_complete():
    """Each operation has its row, each row its operation, and each is tried above."""
    assert set(RULES) == set(operations())
    assert set(OPERATIONS) == set(operations()) - {"dispute_files.upload"}


def test_only_create_and_refund_rely_on_a_key():
    """The vendor documents no other: a key is asked for exactly where the table counts on it."""
    keyed = {name for name, rule in RULES.items() if rule.repeat is Repeat.SAME_KEY}
    assert keyed == {"payments.create", "payments.refund", "captures.refund"}
    for name, method in operations().items():
        assert ("idempotence_key" in inspect.signature(method).parameters) == (name in keyed)


def test_every_row_that_is_no_read_says_where_to_look():
    """A row names an operation that is itself harmless to repeat, or says that nothing finds it."""
    for name, rule in RULES.items():
        reads = name.endswith((".get", ".find", "status", "s.captures", "s.refunds", "disputes", "details"))
        reads = reads or name in {"services.test_connection", "services.convert_amount"}
        assert bool(rule.look) != reads, name
        for other in RULES:
            if rule.look.startswith(f"{other}:") or rule.look.startswith(f"{other} "):
                assert RULES[other].repeat is Repeat.HARMLESS, name


async def test_a_search_for_everything_is_not_made(merchant):
    """Without a criterion Connect would list all payments of the account."""
    made = merchant(body={})
    for find in (made.payments.find, made.refunds.find):
        with pytest.raises(ValueError, match="merchant_reference"):
            await find()


async def test_operations_are_listed_when_asked_for(merchant):
    """`returnOperations` is spelt as JSON spells it; the SDK writes Python's True."""
    seen = []
    await merchant(body=filled(PAYMENT), seen=seen).payments.get("p1", return_operations=True)
    assert seen[0].url.query == b"returnOperations=true"


@pytest.mark.parametrize("value", ["", "..", "a/b", "a b", "4567 3500 0042 7977", "é"])
async def test_no_id_that_needs_an_escape_travels(merchant, value):
    """Ids of every resource are looked at before anything is sent, and a token is not shown in the refusal."""
    seen = []
    made = merchant(body={}, seen=seen)
    calls = (
        made.payments.get, made.payments.cancel, made.captures.get, made.refunds.cancel, made.tokens.get,
        made.tokens.delete, made.mandates.revoke, made.hosted_checkouts.delete, made.disputes.submit,
    )  # fmt: skip
    for call in calls:
        with pytest.raises(Refused, match="not_addressable") as raised:
            await call(value)
        assert len(value) < 3 or "tokens" not in call.__qualname__.lower() or value not in str(raised.value)
    assert seen == []


async def test_values_of_a_query_are_looked_at(merchant):
    """A date or a currency that is none is refused unsent."""
    made = merchant(body={})
    with pytest.raises(Refused, match="not_a_date"):
        await made.tokens.delete("t1", mandate_cancel_date="2026-11-24")
    with pytest.raises(Refused, match="not_a_currency"):
        await made.services.convert_amount(source="EUR", target="U&D", amount=1)
    with pytest.raises(Refused, match="not_an_amount"):
        await made.services.convert_amount(source="EUR", target="USD", amount=-1)
