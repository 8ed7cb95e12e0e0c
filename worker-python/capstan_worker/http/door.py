"""What a request must pass before it touches the capability: token, host, endpoint, type, size, JSON, headers."""

from ..call import CALL_ID
from ..errors import ValueNotJson
from ..values.strict_json import LARGEST_INTEGER, NotStrictJson, parse
from .connection import check_size, refuse

try:
    # What hmac.compare_digest falls back to. Importing hmac would load OpenSSL: 4 MB for one comparison.
    from _operator import _compare_digest as compare_digest
except ImportError:
    from hmac import compare_digest

HOSTS = ("localhost", "127.0.0.1", "[::1]", "capstan")


class Door:
    def __init__(self, token, endpoints):
        self._authorization = f"Bearer {token}".encode()
        self._endpoints = endpoints
        self._known_hosts = set(HOSTS)

    def admit(self, request):
        """The endpoint for a request whose head is in order. Raises Refused."""
        headers = request.headers
        # A body nobody will read must not be taken for the next request.
        unread = request.body_length > 0
        given = headers.get("authorization", "").encode("latin-1", "replace")
        if not compare_digest(given, self._authorization):
            raise refuse(401, "the bearer token is missing or wrong", "UNAUTHORIZED", close=True)
        if not self._is_known_host(headers.get("host", "")):
            raise refuse(403, f"this worker is not {headers.get('host', '')[:80]!r}", close=unread)
        path = request.path.partition("?")[0]
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            raise refuse(404, f"there is no endpoint {path[:80]}", close=unread)
        if request.method != endpoint.method:
            message = f"{path} is asked with {endpoint.method}, not {request.method[:20]}"
            raise refuse(405, message, close=unread)
        if unread:
            self._check_type(headers)
            check_size(request)
        return endpoint

    def _is_known_host(self, host):
        if host in self._known_hosts:
            return True
        name, colon, port = host.lower().rpartition(":")
        if host.lower() in HOSTS or (colon and name in HOSTS and port.isascii() and port.isdigit()):
            if len(self._known_hosts) < 64:
                self._known_hosts.add(host)
            return True
        return False

    def _check_type(self, headers):
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise refuse(415, "the body must be application/json", close=True)


def read_json(body):
    """The body as an object; nothing at all is {}. Raises Refused."""
    if not body:
        return {}
    try:
        value = parse(body)
    except NotStrictJson as error:
        raise refuse(400, f"the body {error}") from None
    except ValueNotJson as error:
        raise refuse(400, f"in the body, {error}", error.code) from None
    if not isinstance(value, dict):
        raise refuse(400, "the body must be a JSON object")
    return value


def read_call_headers(headers, calls):
    """(call id or None, deadline in ms or None) of a request that makes a call. Raises Refused."""
    call_id = headers.get("capstan-call")
    if call_id is not None and not CALL_ID.fullmatch(call_id):
        raise refuse(400, "capstan-call must match [A-Za-z0-9_-]{1,64}")
    deadline_ms = _whole_number(headers, "capstan-deadline-ms")
    fence = _whole_number(headers, "capstan-fence")
    if fence is not None and not calls.admit_fence(fence):
        message = f"the fence {fence} is stale; this worker has seen {calls.highest_fence}"
        raise refuse(412, message, "FENCED", "fatal")
    return call_id, deadline_ms


def _whole_number(headers, name):
    text = headers.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= LARGEST_INTEGER):
        raise refuse(400, f"{name} must be a whole number")
    return int(text)
