"""Three that sign by the same rules and share no code: our client, the simulator and the official SDK."""

import string
from urllib.parse import urlparse

from hypothesis import given
from hypothesis import strategies as st
from worldline.connect.sdk.authentication.v1hmac_authenticator import V1HMACAuthenticator
from worldline.connect.sdk.communication.request_header import RequestHeader

from ingenico.signing import Signer
from simulator.front import signing

SECRETS = st.text(min_size=1, max_size=64).filter(str.strip)
SEGMENT = st.text(f"{string.ascii_letters}{string.digits}._~%-", min_size=1, max_size=12)
QUERY = st.text(f"{string.ascii_letters}{string.digits}=&._~%+-", max_size=30)
TARGETS = st.builds(
    lambda segments, query: "/" + "/".join(segments) + (f"?{query}" if query else ""),
    st.lists(SEGMENT, min_size=1, max_size=6),
    QUERY,
)
# Header values with whatever a proxy or a careless caller may have done to them: folds, tabs, spaces, other alphabets.
VALUES = st.text(st.sampled_from("aB1 \t\r\n,;é漢") | st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.one_of(
    st.sampled_from(["X-GCS-ServerMetaInfo", "x-gcs-clientmetainfo", "X-GCS-Idempotence-Key", "X-Gcs", "User-Agent"]),
    st.text(f"{string.ascii_letters}-", min_size=1, max_size=8).map(lambda name: f"X-GCS-{name}"),
)
HEADERS = st.dictionaries(NAMES, VALUES, max_size=5).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "post"]),
    target=TARGETS,
    headers=HEADERS,
    date=VALUES,
    content_type=st.none() | st.sampled_from(["application/json", "multipart/form-data; boundary=x"]),
    secret=SECRETS,
)
def test_all_three_sign_alike(*, method, target, headers, date, content_type, secret):
    """Whatever the method, path, query, dates and headers: one signature."""
    headers = {"Date": date, **headers, **({} if content_type is None else {"Content-Type": content_type})}
    sdk = V1HMACAuthenticator("key-1", secret)
    uri = urlparse(f"https://api.example.com{target}")
    theirs = sdk.get_authorization(method, uri, [RequestHeader(*each) for each in headers.items()])
    assert Signer("key-1", secret).authorization(method, headers, target) == theirs
    lowered = tuple((name.lower(), value) for name, value in headers.items())
    text = signing.string_to_sign(method.upper(), lowered, target)
    assert f"GCS v1HMAC:key-1:{signing.sign(secret, text)}" == theirs
