"""Where customers find this simulator: partial addresses, as the platform gives them out for its hosted pages."""

import ipaddress
from urllib.parse import urlsplit


def partial(base_url: str, path: str) -> str:
    """What follows `http://payment.`: browsers resolve every name that ends in `.localhost` to this machine."""
    parts = urlsplit(base_url)
    host = parts.hostname or "localhost"
    if _is_loopback(host):
        host = "localhost"
    return f"{host}:{parts.port}{path}" if parts.port else f"{host}{path}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
