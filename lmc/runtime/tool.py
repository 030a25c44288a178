"""Tools that a program declares by an HTTP address, over urllib."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

HttpTool: TypeAlias = dict[str, Any]
"""A declared HTTP tool: its `name`, `method`, `url` with holes `{argument}` behind the host, and, where declared,
`headers` (whose values may hold `${NAME}` for an environment variable), `timeout` in seconds for the whole call (30),
and `most_bytes` of an answer (1,000,000)."""


class ToolError(RuntimeError):
    """A tool could not be called or refused; the message names the tool, and holds no secret."""


def call_http(tool: HttpTool, arguments: Mapping[str, Any]) -> Any:
    """What a declared HTTP tool answers: a JSON value where it says that it sends JSON (None for an empty body), else
    text.

    An argument that the URL has a hole for is percent-encoded there; the others become the query of GET, HEAD and
    DELETE (a list: once for each item; None: left out), and a JSON object as the body of any other method. A redirect
    is followed on the same host alone, and never from https to http. Raises ToolError."""
    import json
    import urllib.request

    name, method = tool["name"], tool.get("method", "GET").upper()
    url, rest = fill_url(tool, arguments)
    headers, secrets = expand_headers(tool["name"], tool.get("headers", {}))
    body = None
    if method not in ("GET", "HEAD", "DELETE"):
        body = json.dumps(rest, ensure_ascii=False).encode("utf-8", "surrogatepass")
        headers = {"content-type": "application/json", **headers}
    elif rest:
        url += ("&" if "?" in url else "?") + query_of(rest)
    headers = {"accept": "application/json, text/*;q=0.9, */*;q=0.5", "user-agent": "lmc", **headers}
    request = urllib.request.Request(url, body, headers, method=method)
    most = tool.get("most_bytes", 1_000_000)
    status, kind, data = fetch(name, request, tool.get("timeout", 30.0), most, secrets)
    if status == 204 or not data:
        return None if is_json(kind) or status == 204 else ""
    text = data.decode(charset_of(kind), "replace")
    if not is_json(kind):
        return text
    try:
        return json.loads(text, parse_constant=float_refused)
    except (ValueError, RecursionError):
        raise ToolError(f"the tool `{name}` says that it sends JSON, and sends something else") from None


def url_problem(url: str) -> str | None:
    """What is wrong with the URL of a tool, or None: it must name a host of http or https, without a password, and no
    argument may choose where the request goes."""
    import re
    from urllib.parse import urlsplit

    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return "a URL has no white space in it"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"`{url}` is no URL"
    if parts.scheme not in ("http", "https") or not host:
        return f"the URL of a tool begins with https:// or http:// and a host, and `{url}` does not"
    if "{" in parts.netloc or "}" in parts.netloc:
        return f"an argument may stand behind the host of a URL, not in it, as in `{url}`"
    if "@" in parts.netloc:
        return "a password has no place in the URL of a tool: name an environment variable in a header"
    return None


def url_holes(url: str) -> list[str]:
    """The arguments that a URL has holes for, in order."""
    import re

    return re.findall(r"\{(\w+)\}", url)


def fill_url(tool: HttpTool, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The URL with its holes filled, and the arguments that it has no hole for. Raises ToolError."""
    import re
    from urllib.parse import quote

    url, name = tool["url"].split("#")[0], tool["name"]
    if problem := url_problem(url):
        raise ToolError(f"the tool `{name}` cannot be called: {problem}")
    filled: dict[str, str] = {}
    for hole in url_holes(url):
        text = argument_text(arguments.get(hole))
        # Servers and clients resolve these in a path, and the request would go elsewhere.
        if text in ("", ".", ".."):
            raise ToolError(f"the tool `{name}` needs a text for `{hole}`, which cannot be `{text}`")
        filled[hole] = quote(text, safe="", errors="surrogatepass")
    url = re.sub(r"\{(\w+)\}", lambda found: filled[found[1]], url)
    return quote(url, safe="%/:=&?~+!$,;'@()*[]"), {key: one for key, one in arguments.items() if key not in filled}


def query_of(arguments: Mapping[str, Any]) -> str:
    """Arguments as the query of a URL, in their order."""
    from urllib.parse import urlencode

    pairs = [
        (name, argument_text(one))
        for name, value in arguments.items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]
    return urlencode(pairs, errors="surrogatepass")


def argument_text(value: Any) -> str:
    """A value in a URL: text as it is, nothing for None, JSON for all else."""
    import json

    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def expand_headers(name: str, headers: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Headers (or variables of a process) with the environment variables that they name filled in, and the texts that
    must appear in no message. `name` is the tool's. Raises ToolError."""
    import os
    import re

    filled: dict[str, str] = {}
    secrets: list[str] = []
    for header, value in headers.items():
        for variable in re.findall(r"\$\{(\w+)\}", value):
            if not os.environ.get(variable):
                raise ToolError(f"the tool `{name}` needs the environment variable `{variable}`, which is not set")
            secrets.append(os.environ[variable])
        filled[header] = re.sub(r"\$\{(\w+)\}", lambda found: os.environ[found[1]], value).strip()
        secrets.append(filled[header])
        if not filled[header].isascii() or not filled[header].isprintable():
            raise ToolError(f"the tool `{name}` has a header `{header}` that cannot be sent: it is not plain text")
    return filled, secrets


def fetch(name: str, request: Any, timeout: float, most: int, secrets: Iterable[str]) -> tuple[int, str, bytes]:
    """Asks a server: the status below 400, the content type and the body of its answer. Raises ToolError."""
    import http.client
    import time
    import urllib.error

    deadline = time.monotonic() + timeout
    try:
        with open_url(request, timeout) as response:
            data = b""
            while piece := response.read1(1 << 16):
                data += piece
                if len(data) > most:
                    raise ToolError(f"the tool `{name}` answers with more than {most} bytes")
                if time.monotonic() > deadline:
                    raise TimeoutError
            return response.status, response.headers.get("content-type", ""), data
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(2000).decode("utf-8", "replace")
        raise ToolError(refusal(name, error.code, said, secrets)) from None
    except TimeoutError:
        raise ToolError(f"the tool `{name}` did not answer within {timeout:g} s") from None
    except urllib.error.URLError as error:
        slow = isinstance(error.reason, TimeoutError)
        problem = f"within {timeout:g} s" if slow else hide(f"({error.reason})", secrets)
        raise ToolError(f"the tool `{name}` did not answer {problem}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ToolError(f"the tool `{name}` did not answer ({type(error).__name__})") from None


def open_url(request: Any, timeout: float) -> Any:
    """Opens a request, without a proxy on loopback. Follows redirects as `call_http` says; raises what urllib does, for
    a redirect that is not followed an HTTPError."""
    import urllib.request
    from urllib.parse import urlsplit

    class SameHost(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            old, new = urlsplit(req.full_url), urlsplit(newurl)
            ports = {"http": 80, "https": 443}
            same = (old.scheme, old.port or ports.get(old.scheme)) == (new.scheme, new.port or ports.get(new.scheme))
            safer = (old.scheme, new.scheme) == ("http", "https") and (old.port or 80, new.port or 443) == (80, 443)
            if old.hostname != new.hostname or not (same or safer):
                return None
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    local = urlsplit(request.full_url).hostname in ("127.0.0.1", "localhost", "::1")
    handlers: list[Any] = [SameHost, *([urllib.request.ProxyHandler({})] if local else [])]
    opener = urllib.request.OpenerDirector()
    # urllib's own set has handlers for file:, ftp: and data: as well.
    for handler in (
        *(handlers if local else [*handlers, urllib.request.ProxyHandler()]),
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler() if isinstance(handler, type) else handler)
    return opener.open(request, timeout=timeout)


def refusal(name: str, status: int, said: str, secrets: Iterable[str]) -> str:
    """The sentence for an answer with a status from 300 on: a model that chose the arguments learns what was wrong."""
    if status < 400:
        return f"the tool `{name}` redirects to another place (status {status}), which is not followed"
    words = " ".join(hide(said, secrets).split())[:300]
    return f"the tool `{name}` refuses with status {status}" + (f": {words}" if words else "")


def hide(text: str, secrets: Iterable[str]) -> str:
    """A text without secrets, as they are and as they stand in JSON and in a URL."""
    import json
    from urllib.parse import quote, quote_plus

    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(form, "***")
    return text


def is_json(kind: str) -> bool:
    """Whether a content type is JSON's, or one built on it."""
    plain = kind.split(";")[0].strip().lower()
    return plain in ("application/json", "text/json") or plain.endswith("+json")


def charset_of(kind: str) -> str:
    """The encoding that a content type names, where Python knows it, else UTF-8."""
    import codecs
    from email.message import Message

    message = Message()
    message["content-type"] = kind
    try:
        return codecs.lookup(message.get_content_charset("utf-8")).name
    except LookupError:
        return "utf-8"


def float_refused(text: str) -> Any:
    """Refuses NaN and the infinities, which are not JSON."""
    raise ValueError(text)
