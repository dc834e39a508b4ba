"""Where a customer comes back to from a page elsewhere."""

from typing import Annotated

from pydantic import StringConstraints

ReturnUrl = Annotated[
    str,
    StringConstraints(
        max_length=512, pattern=r"^(https://[^\s/?#@\\]+|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?)([/?#][^\s]*)?$"
    ),
]
"""https; http to this machine alone, for trying out."""
