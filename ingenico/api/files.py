"""The file service: evidence for a dispute, as multipart/form-data below `/files/v1` instead of JSON below `/v1`.

Source: `upload_file` of `disputes_client.py`, `upload_file_request.py` and `multipart_form_data_object.py` of the
official Python SDK 6.3.0. It is "only available on GlobalCollect" by the file service's page on endpoints.
"""

import hashlib
from email.utils import formatdate
from typing import Annotated

import httpx
from pydantic import Field, StringConstraints

from ingenico.accounts import AccountCredentials
from ingenico.api.base import plain
from ingenico.errors import Answer, success
from ingenico.signing import authorization
from ingenico.transport import CALL_SECONDS, classified
from ingenico.wire.disputes import UploadedFile
from payments.base import Value


class Evidence(Value):
    """A file for a dispute. Its name and type stand in the request's own lines, so neither has a sign of theirs."""

    file_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,99}$")]
    content_type: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]+$")]
    content: Annotated[bytes, Field(min_length=1, repr=False)]


def multipart(evidence: Evidence) -> tuple[str, bytes]:
    """Return Content-Type and body of the one field `file`. No content holds its own digest, which is the boundary."""
    boundary = hashlib.sha256(evidence.content).hexdigest()
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{evidence.file_name}"\r\n'
        f"Content-Type: {evidence.content_type}\r\n\r\n"
    )
    body = head.encode() + evidence.content + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


class DisputeFilesApi:
    """`/files/v1/{merchantId}/disputes`, for one account, over an HTTP client that the caller owns."""

    def __init__(
        self, http: httpx.AsyncClient, credentials: AccountCredentials, *, call_seconds: float = CALL_SECONDS
    ) -> None:
        self._http = http
        self._credentials = credentials
        self._call_seconds = call_seconds

    async def upload(self, dispute_id: str, evidence: Evidence) -> UploadedFile:
        """`POST /files/v1/{merchantId}/disputes/{id}`: upload file."""
        target = f"/files/v1/{self._credentials.merchant_id}/disputes/{plain(dispute_id)}"
        content_type, body = multipart(evidence)
        headers = self._signed({"Content-Type": content_type, "Date": formatdate(usegmt=True)}, target)
        async with classified(self._call_seconds):
            response = await self._http.post(self._credentials.endpoint + target, content=body, headers=headers)
            answer = Answer(status=response.status_code, content=response.content)
        return success(answer, UploadedFile)

    def _signed(self, headers: dict[str, str], target: str) -> dict[str, str]:
        secret = self._credentials.secret_api_key.get_secret_value()
        return {
            **headers,
            "Authorization": authorization(self._credentials.api_key_id, secret, "POST", headers, target),
        }
