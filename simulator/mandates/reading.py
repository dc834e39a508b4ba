"""A mandate as it is asked for: in a call of its own, inside a payment, or on a hosted page."""

import uuid
from dataclasses import asdict

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.kernel.documents import Document
from simulator.mandates import book
from simulator.payments import accounts, aliases
from simulator.payments.context import Context

# Shorter than SEPA allows: a reference is part of addresses.
REFERENCE = r"[A-Za-z0-9._-]{1,35}"
LANGUAGES = "de|en|es|fr|it|nl|si|sk|sv"


def read(reader: Reader, path: str, context: Context) -> Document | None:
    """Read a mandate below `path` (with its dot, or empty); not yet written. None, with what is wrong noted."""
    terms = read_terms(reader, path)
    account = accounts.read_iban(reader, f"{path}customer.bankAccountIban", holder=_customer_name(reader, path))
    reader.text(f"{path}customer.mandateAddress.countryCode", "[A-Z]{2}", required=True)
    if reader.value(f"{path}customer.companyName") is None:
        reader.text(f"{path}customer.personalInformation.name.firstName", ".{1,70}", required=True)
        reader.text(f"{path}customer.personalInformation.name.surname", ".{1,70}", required=True)
    alias = aliases.read(reader, f"{path}alias")
    language = reader.text(f"{path}language", LANGUAGES)
    return_url = reader.return_url(f"{path}returnUrl", required=terms is not None and terms[1] == "SMS")
    customer = reader.value(f"{path}customer")
    if terms is None or account is None or not isinstance(customer, dict):
        return None
    recurrence, signature, customer_reference, reference = terms
    reference = reference or uuid.uuid4().hex.upper()
    shown: Json = {
        "alias": alias or account.masked,
        "customer": {
            **customer,
            "bankAccountIban": {"accountHolderName": account.holder, "iban": account.masked},
        },
        "customerReference": customer_reference,
        "recurrenceType": recurrence,
        "uniqueMandateReference": reference,
    }
    first = book.CREATED if signature == "SMS" else book.ACTIVE
    content: Json = {
        "shown": shown,
        "account": asdict(account),
        "signature_type": signature,
        "language": language,
        "return_url": return_url,
        "returnmac": str(uuid.uuid4()),
        "page": f"{context.base_url}/pages/mandate",
        "changes": [(context.now, first)],
        "uses": [],
    }
    return Document(
        kind=book.KIND,
        id=f"{context.merchant_id}-{reference}",
        merchant_id=context.merchant_id,
        content=content,
        created_at=context.now,
        reference=customer_reference,
    )


def _customer_name(reader: Reader, path: str) -> str:
    """Whose account it is when the account does not say (the vendor's own example sends the IBAN alone)."""
    name = f"{path}customer.personalInformation.name"
    parts = [reader.value(f"{path}customer.companyName")]
    if parts == [None]:
        parts = [reader.value(f"{name}.firstName"), reader.value(f"{name}.surname")]
    return " ".join(part for part in parts if isinstance(part, str))[:60].strip()


def read_terms(reader: Reader, path: str) -> tuple[str, str, str, str | None] | None:
    """Recurrence, signature, customer and reference: what the SDK calls mandatory, and the reference."""
    recurrence = reader.text(f"{path}recurrenceType", "UNIQUE|RECURRING", required=True)
    signature = reader.text(f"{path}signatureType", "UNSIGNED|SMS", required=True)
    customer = reader.text(f"{path}customerReference", r"[\x20-\x7e]{1,35}", required=True)
    reference = reader.text(f"{path}uniqueMandateReference", REFERENCE)
    if recurrence is None or signature is None or customer is None:
        return None
    return recurrence, signature, customer, reference
