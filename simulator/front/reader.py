"""What the schemas cannot say: which fields are required, and what their values may be. Each error names its field."""

import re
from urllib.parse import urlsplit

from simulator.kernel import errors
from simulator.kernel.calls import Json

# ISO 4217 currencies without decimals: Connect still counts them with two, so their amounts end in 00.
WHOLE_CURRENCIES = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
# Twelve digits: the longest amount the simulator takes. The documentation tells no limit.
HIGHEST_AMOUNT = 999_999_999_999


# What a browser runs or opens from this machine instead of going there.
_NO_ADDRESSES = frozenset({"javascript", "vbscript", "data", "blob", "file", "about"})


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme not in _NO_ADDRESSES and (parts.port is None or bool(parts.hostname))
    except ValueError:
        return False


class Reader:
    """Takes fields out of a body by their path and collects what is wrong with them."""

    def __init__(self, content: Json) -> None:
        """Read from `content`."""
        self._content = content
        self.errors: list[Json] = []

    def wrong(self, path: str, message: str) -> None:
        """Note that a field is not acceptable."""
        self.errors.append(errors.invalid_value(path, message))

    def missing(self, path: str) -> None:
        """Note that a field is required."""
        self.errors.append(errors.missing_parameter(path))

    def raise_if_wrong(self) -> None:
        """Refuse with everything that was noted."""
        if self.errors:
            raise errors.refuse(400, *self.errors)

    def value(self, path: str, *, required: bool = False) -> object:
        """Whatever stands at a path, None when it is absent; what should hold it and is no object is noted once."""
        here: object = self._content
        walked: list[str] = []
        for name in path.split("."):
            if here is None:
                break
            if not isinstance(here, dict):
                self._no_object(".".join(walked))
                return None
            here = here.get(name)
            walked.append(name)
        if here is None and required:
            self.missing(path)
        return here

    def _no_object(self, path: str) -> None:
        if all(error.get("propertyName") != path for error in self.errors):
            self.wrong(path, f"VALUE OF FIELD {path} IS NOT AN OBJECT")

    def text(self, path: str, pattern: str, *, required: bool = False) -> str | None:
        """A string that matches the whole pattern."""
        found = self.value(path, required=required)
        if found is None:
            return None
        if not isinstance(found, str) or re.fullmatch(pattern, found) is None:
            self.wrong(path, f"VALUE OF FIELD {path} IS NOT VALID")
            return None
        return found

    def return_url(self, path: str, *, required: bool = False) -> str | None:
        """Where a customer comes back to: a web address, or one of an app's own scheme; never something that runs."""
        found = self.text(path, r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\x00-\x1f\x7f]{1,500}", required=required)
        if found is not None and not _leads_somewhere(found):
            self.wrong(path, f"VALUE OF FIELD {path} IS NOT AN ADDRESS THAT A CUSTOMER CAN BE SENT TO")
            return None
        return found

    def integer(self, path: str, low: int, high: int, *, required: bool = False) -> int | None:
        """A JSON integer within limits; strings and fractions are refused."""
        found = self.value(path, required=required)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
            self.wrong(path, f"VALUE OF FIELD {path} IS NOT AN INTEGER FROM {low} TO {high}")
            return None
        return found

    def boolean(self, path: str, *, default: bool) -> bool:
        """A JSON boolean."""
        found = self.value(path)
        if found is None:
            return default
        if not isinstance(found, bool):
            self.wrong(path, f"VALUE OF FIELD {path} IS NOT A BOOLEAN")
            return default
        return found

    def amount(self, path: str, currency: str | None, *, low: int = 1, required: bool = False) -> int | None:
        """An amount with two implied decimals, which a currency without decimals leaves at 00."""
        found = self.integer(path, low, HIGHEST_AMOUNT, required=required)
        if found is not None and currency in WHOLE_CURRENCIES and found % 100:
            self.wrong(path, f"AMOUNT {found} IS NOT A WHOLE NUMBER OF {currency}: IT HAS TWO IMPLIED DECIMALS")
            return None
        return found
