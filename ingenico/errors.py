"""What an answer means that shows no success: the one table from Connect's HTTP statuses to the port's errors.

Statuses and bodies: `exception_factory.py` and the recorded answers of the official Python SDK 6.3.0, the vendor's
table of response codes. Where they are silent, an answer proves nothing: OutcomeUnknown.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ingenico.outcomes import DECLINED_REFUNDS, status_of
from ingenico.wire.errors import ErrorAnswer
from ingenico.wire.payments import CreatePaymentAnswer
from ingenico.wire.refunds import Refund
from ingenico.wire.status_output import ApiError
from payments.provider import InputNotAccepted, Misconfigured, OutcomeUnknown, ProviderError, Refused
from payments.states import ProviderStatus

Body = TypeVar("Body", bound=BaseModel)

# "DUPLICATE REQUEST IN PROGRESS": the first request with this key is still running (recorded by the SDK's tests).
IN_PROGRESS = "1409"
# A create whose merchant reference exists already (SmashPig's recorded answers).
TAKEN_REFERENCE = "300620"
# "The transaction doesn't have the correct status for your action": after a lost yes it says that it happened.
_WRONG_STATE = frozenset({402, 405, 409})
_NOT_THERE = frozenset({404, 410})
_WRONG_STATE_CODES = frozenset({"410110"})

# The field by which Connect names what the customer's page encrypted.
_ENCRYPTED_INPUT = "encryptedCustomerInput"

# Not in Connect's own table. By HTTP nothing was processed, but a balancer may say so of a request that it has
# already passed on (408), and for money that is not proof enough.
_UNDOCUMENTED = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as it came, read to its last byte."""

    status: int
    content: bytes = field(repr=False)
    repeats_first_at: str | None = None
    """X-GCS-Idempotence-Request-Timestamp: milliseconds since 1970 of the key's first request; on repeats alone."""

    def parse(self, model: type[Body]) -> Body | None:
        """Return the body as `model`, or None for anything that is not one, such as a proxy's HTML page."""
        try:
            return model.model_validate_json(self.content)
        except ValidationError:
            return None


def success(answer: Answer, model: type[Body], *, with_key: bool = False) -> Body:
    """Return a 2xx answer's body. Raises what any other answer means, OutcomeUnknown for an unreadable success.

    `with_key`: the request carried an idempotence key, under which Connect keeps the first answer for 24 hours.
    """
    if not HTTPStatus(200) <= answer.status < HTTPStatus(300):
        raise failure(answer, with_key=with_key)
    body = answer.parse(model)
    if body is None:
        raise OutcomeUnknown(f"HTTP {answer.status} with a body that is no {model.__name__}")
    return body


def done(answer: Answer) -> None:
    """Return for a 2xx answer to a call that answers nothing but that. Raises what any other answer means."""
    if not HTTPStatus(200) <= answer.status < HTTPStatus(300):
        raise failure(answer)


@dataclass(frozen=True, kw_only=True)
class DeclinedPayment:
    """A payment that was made and declined: it exists at Connect and can be read."""

    result: CreatePaymentAnswer
    errors: tuple[ApiError, ...]
    """Beside the payment, which may name none itself."""


@dataclass(frozen=True, kw_only=True)
class DeclinedRefund:
    """A refund that was made and declined: it exists at Connect and can be read."""

    refund: Refund
    errors: tuple[ApiError, ...]


def declined_payment(answer: Answer) -> DeclinedPayment | None:
    """Return the declined payment that an answer shows: any 4xx with a `paymentResult`, usually 402.

    A result that is not a decline contradicts its own HTTP status and is left to `failure`.
    """
    body = _of_4xx(answer)
    if body is None or body.payment_result is None:
        return None
    if status_of(body.payment_result.payment) is not ProviderStatus.DECLINED:
        return None
    return DeclinedPayment(result=body.payment_result, errors=body.errors or ())


def declined_refund(answer: Answer) -> DeclinedRefund | None:
    """Return the declined refund that an answer shows: any 4xx with a `refundResult` that is rejected."""
    body = _of_4xx(answer)
    if body is None or body.refund_result is None or body.refund_result.status not in DECLINED_REFUNDS:
        return None
    return DeclinedRefund(refund=body.refund_result, errors=body.errors or ())


def _of_4xx(answer: Answer) -> ErrorAnswer | None:
    return answer.parse(ErrorAnswer) if 400 <= answer.status < 500 else None


def failure(answer: Answer, *, with_key: bool = False) -> ProviderError:
    """Say what an answer that is no success means."""
    status, body = answer.status, answer.parse(ErrorAnswer)
    errors = (body.errors if body else None) or ()
    told = f"HTTP {status}" + "".join(f", {error.code}: {error.message}" for error in errors[:1])
    match status:
        case 401 | 403:
            return Misconfigured(f"Connect does not accept our credentials ({told}): check key, secret and merchant id")
        case 409 if any(error.code == IN_PROGRESS for error in errors):
            return OutcomeUnknown(f"the first request with this key is still in progress ({told})")
        case _ if with_key and (status == 409 or any(error.code == TAKEN_REFERENCE for error in errors)):
            # Something of ours exists there under this reference: it is found and adopted, never charged again.
            return OutcomeUnknown(f"the reference or key is taken ({told})", key_is_dead=True)
        case _ if status in _UNDOCUMENTED:
            return OutcomeUnknown(f"not told whether it was processed ({told})")
        case _ if 400 <= status < 500:
            return _refused(status, body, told)
        case _ if status >= 500:
            # A repeat that is answered by a stored failure will be so for as long as the key lives.
            dead = with_key and answer.repeats_first_at is not None
            return OutcomeUnknown(f"the provider failed ({told})", key_is_dead=dead)
        case _:
            return OutcomeUnknown(f"neither a success nor a refusal ({told})")


def _refused(status: int, body: ErrorAnswer | None, told: str) -> ProviderError:
    """Only Connect's own error body refuses: another one may be a proxy's, which has no say over the payment."""
    if body is None or not (body.errors or body.error_id):
        return OutcomeUnknown(f"not in Connect's words ({told})")
    if body.payment_result is not None or body.refund_result is not None:
        return OutcomeUnknown(f"a result that is not declined in an answer that is no success ({told})")
    if not body.errors:
        return Refused(code=f"HTTP {status}", message="refused without a reason")
    first = body.errors[0]
    wrong_state = status in _WRONG_STATE or first.code in _WRONG_STATE_CODES
    code = first.code or f"HTTP {status}"
    if first.property_name == _ENCRYPTED_INPUT:
        return InputNotAccepted(code=code, message=first.message, field=first.property_name)
    return Refused(
        code=code,
        message=first.message,
        field=first.property_name,
        wrong_state=wrong_state,
        not_there=status in _NOT_THERE,
    )
