"""Evidence for a dispute: the file service's multipart upload."""

import email

import httpx
import pytest

from ingenico.api.files import DisputeFilesApi, Evidence, multipart
from ingenico.transport import open_http
from payments.provider import OutcomeUnknown, Refused


async def test_evidence_goes_to_the_file_service(account):
    """The file travels as the SDK's multipart field, below /files, and its content type is signed as sent."""
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(201, json={"disputeId": "d1", "fileId": "7"})

    evidence = Evidence(file_name="receipt 1.pdf", content_type="application/pdf", content=b"%PDF\r\n--x--\r\n\x00")
    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as http:
        uploaded = await DisputeFilesApi(http, account()).upload("d1", evidence)
        with pytest.raises(Refused, match="not_addressable"):
            await DisputeFilesApi(http, account()).upload("a/b", evidence)
    assert (uploaded.dispute_id, uploaded.file_id) == ("d1", "7")
    [request] = seen
    assert (request.method, request.url.path) == ("POST", "/files/v1/1234/disputes/d1")
    content_type, sent = multipart(evidence)
    assert (request.headers["Content-Type"], request.content) == (content_type, sent)
    assert request.headers["Authorization"].startswith("GCS v1HMAC:key-1:")


async def test_evidence_travels_over_a_real_connection(misbehaving, account):
    """Over the process's own client the file arrives whole, and an answer that is lost is unknown."""

    async def answer_once(connection):
        await connection.request()
        if len(connection.server.requests) == 1:
            await connection.answer({"disputeId": "d1", "fileId": "7"}, "201 Created")

    evidence = Evidence(file_name="a.pdf", content_type="application/pdf", content=b"\x00\xff" * 40_000)
    async with misbehaving(answer_once) as (_, server), open_http(httpx.Timeout(1.0)) as http:
        port = server.listening.sockets[0].getsockname()[1]
        files = DisputeFilesApi(http, account(f"http://127.0.0.1:{port}"), call_seconds=0.5)
        assert (await files.upload("d1", evidence)).file_id == "7"
        with pytest.raises(OutcomeUnknown):
            await files.upload("d1", evidence)
    assert server.requests[0][1] == multipart(evidence)[1]


def test_evidence_is_read_back_by_a_multipart_parser():
    """Another's parser finds the one field with its name, its type and exactly its bytes."""
    evidence = Evidence(file_name="a.png", content_type="image/png", content=bytes(range(256)))
    content_type, sent = multipart(evidence)
    message = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + sent)
    [part] = message.get_payload()
    assert part.get_param("name", header="content-disposition") == "file"
    assert (part.get_filename(), part.get_content_type()) == ("a.png", "image/png")
    assert part.get_payload(decode=True) == evidence.content


@pytest.mark.parametrize(
    "changed",
    [{"file_name": 'a".pdf'}, {"file_name": "a\r\nb"}, {"content_type": "a/b\r\nX: y"}, {"content": b""}],
)
def test_evidence_cannot_write_headers(changed):
    """A name or type that would break out of its line is refused, and the content is never shown."""
    fields = {"file_name": "a.pdf", "content_type": "application/pdf", "content": b"secret-content"}
    assert "secret-content" not in repr(Evidence(**fields))
    with pytest.raises(ValueError, match="1 validation error"):
        Evidence(**{**fields, **changed})
