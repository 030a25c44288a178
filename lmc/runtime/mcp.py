"""A client of tools that a server of the Model Context Protocol offers, over its standard input or HTTP.

Speaks the revisions with a handshake (2024-11-05 to 2025-11-25) and the one without (2026-07-28): see
https://modelcontextprotocol.io/specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from lmc.runtime.channel import HttpChannel, McpServer, StdioChannel
from lmc.runtime.tool import ToolError, hide

McpTool: TypeAlias = dict[str, Any]
"""A declared MCP tool: `name` in the program, `tool` as the server calls it (where it differs), its `server`, and,
where declared, `timeout` in seconds for a call (60) and `returns`: "text", "record" (the default) or "value"."""

MCP_HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""The revisions that begin with a handshake, newest first."""

MCP_STATELESS = "2026-07-28"
"""The revision in which every request says all about itself."""

MCP_CLIENTS: dict[str, McpClient] = {}
"""The clients of this process, by the JSON of their servers."""


def call_mcp(tool: McpTool, arguments: Mapping[str, Any]) -> Any:
    """What a declared MCP tool answers. The server is started, or greeted, at its first call, and stays until the
    program ends. Arguments that are None are left out. Raises ToolError."""
    given = {name: value for name, value in arguments.items() if value is not None}
    client = mcp_client(tool["server"])
    name: str = tool["name"]
    result = client.call_tool(tool.get("tool") or name, given, tool.get("timeout", 60.0), name)
    try:
        return result_value(name, result, tool.get("returns", "record"))
    except ToolError as error:
        raise ToolError(hide(str(error), client.secrets)) from None


def mcp_client(server: McpServer) -> McpClient:
    """The client of a server: the same for the same server."""
    import json

    return MCP_CLIENTS.setdefault(json.dumps(server, sort_keys=True), McpClient(server))


class McpClient:
    """A connection with a server, for any number of threads, one request at a time. It begins with the first request,
    and again when the server has ended since; it is closed when the program ends."""

    def __init__(self, server: McpServer) -> None:
        import threading

        self.server = server
        self.name = server.get("name") or server.get("url") or " ".join(server["command"][:1])
        self.channel: Any = None
        self.secrets: list[str] = []
        self.version = ""
        self.number = 0
        self.tools: list[dict[str, Any]] | None = None
        self.lock = threading.RLock()

    def list_tools(self, timeout: float = 60.0) -> list[dict[str, Any]]:
        """The tools that the server offers, as it describes them: `name`, `description`, `inputSchema` (JSON Schema),
        perhaps `outputSchema`. Raises ToolError."""
        tools: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        for _ in range(100):
            result = self.request("tools/list", cursor, timeout, self.name)
            found = result.get("tools")
            tools += [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
            if not result.get("nextCursor"):
                return tools
            cursor = {"cursor": result["nextCursor"]}
        raise ToolError(f"the MCP server `{self.name}` has no end of tools")

    def call_tool(self, tool: str, arguments: Mapping[str, Any], timeout: float, name: str) -> dict[str, Any]:
        """The result of a tool, as the protocol has it; `name` is how messages call the tool. Raises ToolError."""
        with self.lock:
            self.connect(timeout, name)
            headers: dict[str, str] = {}
            if self.version == MCP_STATELESS and self.server.get("url"):
                if self.tools is None:
                    self.tools = self.list_tools(timeout)
                schemas = [one.get("inputSchema") for one in self.tools if one.get("name") == tool]
                headers = mirrored_headers(schemas[0] if schemas else None, arguments)
            return self.request("tools/call", {"name": tool, "arguments": dict(arguments)}, timeout, name, headers)

    def request(
        self, method: str, params: dict[str, Any], timeout: float, name: str, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The result of a request. Raises ToolError."""
        with self.lock:
            self.connect(timeout, name)
            answer = self.ask(method, params, timeout, name, headers or {})
            if answer.get("expired"):
                # The server has forgotten the session, and with it has not seen the request.
                self.channel = None
                self.connect(timeout, name)
                answer = self.ask(method, params, timeout, name, headers or {})
        result = answer.get("result")
        if not isinstance(result, dict):
            raise ToolError(f"the tool `{name}` refuses: {self.said(answer)}")
        return result

    def connect(self, timeout: float, name: str) -> None:
        """Starts the server where it does not run, and agrees on a revision. Raises ToolError."""
        if self.channel is not None and self.channel.is_open():
            return
        import atexit

        if self.channel is None:
            atexit.register(self.close)
        else:
            self.channel.close()
        self.tools, self.version = None, ""
        self.channel = StdioChannel(self.server, name) if self.server.get("command") else HttpChannel(self.server, name)
        self.secrets = self.channel.secrets
        capabilities: dict[str, Any] = {"capabilities": {}, "clientInfo": {"name": "lmc", "version": "1"}}
        answer = self.ask("initialize", {"protocolVersion": MCP_HANDSHAKE[0], **capabilities}, timeout, name, {})
        if isinstance(result := answer.get("result"), dict):
            self.version = str(result.get("protocolVersion"))
            if self.version not in MCP_HANDSHAKE:
                raise self.broken(f"the MCP server `{self.name}` speaks revision {self.version}, which is not known")
            self.channel.version = self.version
            try:
                self.channel.tell({"jsonrpc": "2.0", "method": "notifications/initialized"}, timeout)
            except (OSError, ValueError):
                raise self.broken(f"the MCP server `{self.name}` ended in the greeting") from None
            return
        # A server of a later revision knows no handshake, and says which revisions it speaks.
        self.version = self.channel.version = MCP_STATELESS
        try:
            known = isinstance(self.ask("server/discover", {}, timeout, name, {}).get("result"), dict)
        except ToolError:
            known = False
        if not known:
            raise self.broken(f"the MCP server `{self.name}` refuses a connection: {self.said(answer)}")

    def ask(
        self, method: str, params: dict[str, Any], timeout: float, name: str, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """The answer to one request, refusals too; answers what the server asks in between. Raises ToolError."""
        import time

        self.number += 1
        number, deadline = self.number, time.monotonic() + timeout
        if self.version == MCP_STATELESS:
            prefix = "io.modelcontextprotocol/"
            about = {"protocolVersion": MCP_STATELESS, "clientInfo": {"name": "lmc", "version": "1"}}
            meta = {prefix + key: value for key, value in {**about, "clientCapabilities": {}}.items()}
            params = {**params, "_meta": meta}
            named = {"mcp-name": header_text(params["name"])} if method == "tools/call" else {}
            headers = {"mcp-method": method, **named, **headers}
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            for heard in self.channel.talk(message, headers, deadline):
                if heard.get("method") and "id" in heard:
                    self.channel.tell(reply_to(heard), timeout)
                elif heard.get("id") == number or heard.get("expired"):
                    return dict(heard)
        except TimeoutError:
            self.channel.give_up(number)
            raise ToolError(f"the tool `{name}` did not answer within {timeout:g} s") from None
        except (OSError, ValueError) as error:
            problem = hide(str(error), self.secrets)
            raise self.broken(f"the tool `{name}` cannot be reached on `{self.name}`: {problem}") from None
        raise self.broken(f"the MCP server `{self.name}` ended before it answered the tool `{name}`")

    def said(self, answer: Mapping[str, Any]) -> str:
        """What an answer without a result says."""
        error = answer.get("error")
        words = str(error.get("message")) if isinstance(error, dict) else "the answer has no result"
        return " ".join(hide(words, self.secrets).split())[:300]

    def broken(self, problem: str) -> ToolError:
        """An error after which the connection begins anew."""
        self.channel.close()
        return ToolError(problem)

    def close(self) -> None:
        """Ends the connection, and the server where it was started here."""
        import atexit

        with self.lock:
            if self.channel is not None:
                atexit.unregister(self.close)
                self.channel.close()
                self.channel = None


def reply_to(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request of the server: yes to a ping, no to all else, which this client has not offered."""
    about = {"jsonrpc": "2.0", "id": request["id"]}
    if request["method"] == "ping":
        return {**about, "result": {}}
    return {**about, "error": {"code": -32601, "message": "not offered by this client"}}


def mirrored_headers(schema: Any, arguments: Any) -> dict[str, str]:
    """The headers that repeat arguments, where a tool's schema asks for it by `x-mcp-header`: a rule of the stateless
    revision."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or not isinstance(arguments, dict):
        return {}
    found: dict[str, str] = {}
    for name, inner in properties.items():
        value = arguments.get(name)
        if isinstance(inner, dict) and isinstance(inner.get("x-mcp-header"), str) and isinstance(value, str | int):
            plain = str(value).lower() if isinstance(value, bool) else str(value)
            found[f"mcp-param-{inner['x-mcp-header']}"] = header_text(plain)
        found.update(mirrored_headers(inner, value))
    return found


def header_text(text: str) -> str:
    """A text as the value of a header: as it is where it is plain, else in the protocol's base 64."""
    import base64

    if text.isascii() and text.isprintable() and text == text.strip() and not text.startswith("=?base64?"):
        return text
    return f"=?base64?{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode()}?="


def result_value(name: str, result: Mapping[str, Any], returns: str) -> Any:
    """The value in a tool's result. For a tool that returns "text", its blocks of text, a line break between them; else
    what it gives as structured content, if it does. Servers wrap a value that is no record in one of a single field
    `result`: for "value" it is taken out. Raises ToolError where the tool says that it failed."""
    if result.get("resultType", "complete") != "complete":
        raise ToolError(f"the tool `{name}` asks for more than its arguments, which a program cannot give")
    blocks = result.get("content")
    content = [one for one in blocks if isinstance(one, dict)] if isinstance(blocks, list) else []
    texts = [text for one in content if (text := block_text(one)) is not None]
    if result.get("isError"):
        raise ToolError(
            f"the tool `{name}` failed: {' '.join(' '.join(texts).split())[:1000] or 'it does not say why'}"
        )
    if "structuredContent" in result and (returns != "text" or not texts):
        value = result["structuredContent"]
        wrapped = returns == "value" and isinstance(value, dict) and list(value) == ["result"]
        return value["result"] if wrapped else value
    if content and not texts:
        raise ToolError(f"the tool `{name}` answers with `{content[0].get('type')}`, where text is expected")
    return "\n".join(texts)


def block_text(block: Mapping[str, Any]) -> str | None:
    """The text of a block of a result: of text, of a resource with text, the address of a linked one."""
    resource = block.get("resource")
    match block.get("type"):
        case "text":
            text = block.get("text")
        case "resource" if isinstance(resource, dict):
            text = resource.get("text")
        case "resource_link":
            text = block.get("uri")
        case _:
            text = None
    return text if isinstance(text, str) else None
