"""The file service: evidence goes in with a dispute and comes back as it was."""

import base64
from urllib.parse import quote

from simulator.disputes.upload import Upload
from simulator.kernel import documents, errors
from simulator.kernel.calls import Answer, Call, Json
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document

KIND = "file"
_FIRST_FILE = 1_000_000_000


def keep(desk: Desk, call: Call, upload: Upload) -> Json:
    """Write a file, and tell it as a dispute lists it; `at` says since when."""
    file_id = str(_FIRST_FILE + documents.count(desk.books, KIND) + 1)
    content: Json = {
        "name": upload.name,
        "media_type": upload.media_type,
        "data": base64.b64encode(upload.data).decode(),
    }
    documents.insert(
        desk.books,
        Document(kind=KIND, id=file_id, merchant_id=call.merchant_id, content=content, created_at=call.at),
    )
    return {
        "id": file_id,
        "fileName": upload.name,
        "fileSize": str(len(upload.data)),
        "fileType": upload.media_type,
        "at": call.at,
    }


def get(desk: Desk, call: Call) -> Answer:
    """GET /files/v1/{merchantId}/files/{fileId}: the bytes, with the type they were sent as."""
    found = documents.load(desk.books, KIND, call.merchant_id, call.params["fileId"])
    if found is None or found.created_at > call.as_of:
        raise errors.unknown("FILE", "fileId")
    content = found.content
    return Answer(
        status=200,
        body=base64.b64decode(str(content["data"])),
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(str(content['name']), safe='')}"},
        effect=True,
        media_type=str(content["media_type"]),
    )
