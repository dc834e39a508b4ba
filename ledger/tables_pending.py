"""Where customers are sent: addresses that open a page in their name, so kept apart from what is kept for ever.

A row is deleted when its authorization waits for its customer no more.
"""

from sqlalchemy import String
from sqlmodel import Field

from ledger.columns import Row


class RedirectRow(Row, table=True):
    """The address of one authorization's customer."""

    __tablename__ = "redirects"

    authorization_id: str = Field(primary_key=True)
    shop: str = Field(sa_type=String(12))
    order_id: str = Field(sa_type=String(64))
    url: str


redirects = Row.metadata.tables["redirects"]
