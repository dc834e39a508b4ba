"""`payments doctor`: whether everything is there that payments need, and if not, the remedy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from pydantic import BaseModel, ValidationError
from rich.markup import escape
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from cli.exits import Exit
from cli.output import AsJson, out, print_json
from cli.running import read_settings, run_alone
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from ingenico.transport import open_http
from ledger import migrate
from ledger.database import open_database
from ledger.inbox import Inbox
from payments.provider import ProviderError
from runtime.settings import Settings
from runtime.temporal import connect
from starter.namespace import SEARCH_ATTRIBUTES

# Connect refuses a Date that is minutes off; its limit is not published.
CLOCK_TOLERANCE_SECONDS = 60.0
# An event is delivered within moments: one that waits for longer waits for somebody.
OVERDUE = timedelta(minutes=2)


class Finding(BaseModel):
    """One thing that was looked at."""

    name: str
    fine: bool
    told: str
    remedy: str | None = None


def doctor(as_json: AsJson = False) -> None:
    """Check Temporal, its search attributes, Ingenico's credentials, the ledger and the clock."""

    async def work() -> Exit:
        settings = read_settings()
        findings = [*await _temporal(), *await _ledger(settings.ledger_url), *await _ingenico(settings)]
        findings.append(_webhooks(settings))
        if as_json:
            print_json(list(findings))
        else:
            for finding in findings:
                mark = "[green]fine [/]" if finding.fine else "[bold red]wrong[/]"
                out.print(f"{mark} {finding.name}: {escape(finding.told)}")
                if finding.remedy:
                    out.print(f"      {escape(finding.remedy)}")
        return Exit.DONE if all(finding.fine for finding in findings) else Exit.FAILED

    run_alone(work, as_json=as_json)


async def _temporal() -> list[Finding]:
    try:
        client = await connect()
        attributes = await _search_attributes(client)
    except (RuntimeError, ValueError, OSError) as error:
        remedy = "Set TEMPORAL_ADDRESS, or start one here: payments dev."
        return [Finding(name="Temporal", fine=False, told=str(error), remedy=remedy)]
    except RPCError as error:
        remedy = "Set TEMPORAL_NAMESPACE to one that exists, or create it: temporal operator namespace create."
        return [Finding(name="Temporal", fine=False, told=str(error), remedy=remedy)]
    return [Finding(name="Temporal", fine=True, told=f"answers, namespace {client.namespace}"), attributes]


async def _search_attributes(client: Client) -> Finding:
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    known = await client.operator_service.list_search_attributes(asked)
    missing = sorted(set(SEARCH_ATTRIBUTES) - set(known.custom_attributes))
    if not missing:
        return Finding(name="Search attributes", fine=True, told="all registered")
    each = " ".join(f"--name {name} --type {SEARCH_ATTRIBUTES[name]}" for name in missing)
    return Finding(
        name="Search attributes",
        fine=False,
        told=f"missing: {', '.join(missing)}",
        remedy=f"temporal operator search-attribute create {each}",
    )


async def _ledger(url: str) -> list[Finding]:
    try:
        current, head = await asyncio.to_thread(migrate.current, url), migrate.head()
    except Exception as error:  # noqa: BLE001 (a database and its driver have errors of their own)
        remedy = "Correct PAYMENTS_LEDGER_URL, or start its database."
        told = (str(error).splitlines() or [repr(error)])[0]
        return [Finding(name="Ledger", fine=False, told=told, remedy=remedy)]
    if current == head:
        return [Finding(name="Ledger", fine=True, told=f"at revision {head}"), await _events(url)]
    told = f"at revision {current or 'none'}, this version needs {head}"
    return [Finding(name="Ledger", fine=False, told=told, remedy="payments db upgrade")]


async def _events(url: str) -> Finding:
    """Look whether what Ingenico told has reached its payments."""
    async with open_database(url) as database:
        counts = await Inbox(database).counts()
    oldest = counts.oldest_undelivered
    waits = oldest is not None and datetime.now(UTC) - oldest > OVERDUE
    told = f"{counts.undelivered} to be delivered, {counts.quarantined} quarantined"
    if waits:
        remedy = "Run payments serve, or look into its log: Temporal may be out of its reach."
        return Finding(
            name="Events", fine=False, told=f"{told}, the oldest since {oldest:%Y-%m-%d %H:%M} UTC", remedy=remedy
        )
    # An account that others use too is told of their payments: that is no fault of ours.
    return Finding(name="Events", fine=True, told=told, remedy="payments events" if counts.quarantined else None)


def _webhooks(settings: Settings) -> Finding:
    """Say which webhook keys are set. Without any, payments are followed by reading alone, which is slower."""
    keys = ", ".join(settings.ingenico_webhook_keys)
    told = f"keys {keys}" if keys else "no keys: payments are followed by reading alone"
    return Finding(name="Webhooks", fine=True, told=told)


async def _ingenico(settings: Settings) -> list[Finding]:
    try:
        credentials = AccountCredentials.model_validate(settings.credentials)
    except ValidationError as invalid:
        fields = ", ".join(f"PAYMENTS_INGENICO_{str(e['loc'][0]).upper()}" for e in invalid.errors())
        told, remedy = f"not set, or not well formed: {fields}", "Copy them from Ingenico's Configuration Center."
        return [Finding(name="Ingenico", fine=False, told=told, remedy=remedy)]
    async with open_http() as http:
        provider = IngenicoProvider(ConnectClient(http), Accounts({settings.account: credentials}))
        return [
            await _answers(lambda: provider.test_connection(settings.account), credentials),
            await _clock(http, credentials.endpoint),
        ]


async def _answers(test: Callable[[], Awaitable[None]], credentials: AccountCredentials) -> Finding:
    try:
        await test()
    except ProviderError as error:
        remedy = "Check PAYMENTS_INGENICO_ENDPOINT and the account's id, key and secret."
        return Finding(name="Ingenico", fine=False, told=str(error), remedy=remedy)
    told = f"{credentials.endpoint} accepts merchant {credentials.merchant_id}"
    return Finding(name="Ingenico", fine=True, told=told)


async def _clock(http: httpx.AsyncClient, endpoint: str) -> Finding:
    """Compare this machine's clock with the provider's: requests are signed with the time."""
    try:
        date = (await http.get(endpoint)).headers.get("Date")
    except httpx.HTTPError as error:
        remedy = "Check PAYMENTS_INGENICO_ENDPOINT and the way there."
        return Finding(name="Clock", fine=False, told=f"the provider's time is not to be had: {error}", remedy=remedy)
    if date is None:
        return Finding(name="Clock", fine=True, told="the provider does not tell its time")
    try:
        behind = (parsedate_to_datetime(date).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except ValueError:
        remedy = "Check PAYMENTS_INGENICO_ENDPOINT: that is not how Connect answers."
        return Finding(name="Clock", fine=False, told="the provider tells its time in no known form", remedy=remedy)
    fine = abs(behind) <= CLOCK_TOLERANCE_SECONDS
    return Finding(
        name="Clock",
        fine=fine,
        told=f"{abs(behind):.0f} s {'behind' if behind > 0 else 'ahead of'} the provider's",
        remedy=None if fine else "Set the clock: run an NTP client.",
    )
