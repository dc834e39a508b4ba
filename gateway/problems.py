"""What is wrong with a request, as RFC 9457 says it: for people and machines, and nothing that helps a stranger."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Ends a request with a status, a code that stays the same, and a sentence."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers = dict(headers or {})


def answer(_request: Request, problem: Exception) -> JSONResponse:
    """Write a problem as its document."""
    if not isinstance(problem, Problem):
        raise problem
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    return JSONResponse(document, problem.status, problem.headers, MEDIA_TYPE)
