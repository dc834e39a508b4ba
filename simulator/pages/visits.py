"""One request of a customer's browser, as the pages see it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.kernel.books import Books
from simulator.kernel.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Who comes to which page with what. `form` is empty unless a form was sent."""

    desk: Desk
    now: int
    base_url: str
    object_id: str
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def books(self) -> Books:
        """The desk's."""
        return self.desk.books

    def text(self, name: str) -> str:
        """A form's field without surrounding blanks; empty when it was not sent."""
        return self.form.get(name, "").strip()

    def may_see(self, mac: str) -> bool:
        """Whether the address holds the secret that the merchant was given."""
        return hmac.compare_digest(self.query.get("mac", "").encode(), mac.encode())
