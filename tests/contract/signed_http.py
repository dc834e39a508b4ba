"""Any request, well signed: what is fuzzed is what stands behind the signature."""

from email.utils import formatdate
from urllib.parse import urlsplit

import requests
from worldline.connect.sdk.authentication.v1hmac_authenticator import V1HMACAuthenticator
from worldline.connect.sdk.communication.request_header import RequestHeader


class SignedHttp:
    """Signs with the official SDK's own authenticator whatever `requests` would send."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._authenticator = V1HMACAuthenticator("simulator-key", "simulator-secret")
        self._session = requests.Session()
        self._session.trust_env = False

    def send(self, method, url, **options):
        """Send and answer, without following anything."""
        headers = {**(options.pop("headers", None) or {}), "Date": formatdate(usegmt=True)}
        options.pop("cookies", None)
        target = url if url.startswith("http") else self.url + url
        prepared = self._session.prepare_request(requests.Request(method, target, headers=headers, **options))
        signed = [RequestHeader(name, _text(value)) for name, value in prepared.headers.items()]
        prepared.headers["Authorization"] = self._authenticator.get_authorization(
            prepared.method, urlsplit(prepared.url), signed
        )
        return self._session.send(prepared, timeout=10, allow_redirects=False)

    def close(self):
        self._session.close()


def _text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value
