"""A small server of the Model Context Protocol over standard input; its argument says how it behaves."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

TOOLS = [
    {"name": "add", "inputSchema": {"type": "object", "properties": {"a": {"type": "integer", "x-mcp-header": "A"}}}},
    {"name": "say", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}},
]


def text(*said: str, **more: Any) -> dict[str, Any]:
    """A result of blocks of text."""
    return {"content": [{"type": "text", "text": one} for one in said], **more}


def call(name: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """What a tool answers; None: nothing, ever."""
    match name:
        case "add":
            total = arguments["a"] + arguments["b"]
            return text(str(total), structuredContent={"result": total})
        case "record":
            return text('{"city": "Oslo"}', structuredContent={"city": "Oslo", "result": 1})
        case "say":
            return text(arguments["text"], "end")
        case "blocks":
            resource = {"uri": "file:///a", "text": "inside"}
            link = {"type": "resource_link", "uri": "file:///b", "name": "b"}
            return {"content": [{"type": "image", "data": ""}, {"type": "resource", "resource": resource}, link]}
        case "image":
            return {"content": [{"type": "image", "data": "", "mimeType": "image/png"}]}
        case "fail":
            return text(f"no such city\nas {os.environ.get('TOKEN', '')}", isError=True)
        case "more":
            return {"resultType": "input_required", "inputRequests": {}}
        case "given":
            return text(json.dumps([arguments, sorted(os.environ)]))
        case "silence":
            return None
        case "die":
            os._exit(3)
    return {"content": [], "number": os.getpid()}


def answer(message: dict[str, Any], era: str) -> dict[str, Any] | None:
    """The answer to a message, if it has one; `era` is a revision, or `stateless`."""
    method, params = message["method"], message.get("params", {})
    about = {"jsonrpc": "2.0", "id": message.get("id")}
    if "id" not in message:
        return None
    if era == "stateless":
        meta = params.get("_meta", {})
        if meta.get("io.modelcontextprotocol/protocolVersion") != "2026-07-28":
            return {**about, "error": {"code": -32601, "message": "this server speaks 2026-07-28"}}
        if method == "server/discover":
            return {**about, "result": {"resultType": "complete", "supportedVersions": ["2026-07-28"]}}
    elif method == "initialize":
        return {**about, "result": {"protocolVersion": era, "capabilities": {"tools": {}}, "serverInfo": {}}}
    if method == "tools/list":
        page = {"tools": TOOLS[1:]} if params.get("cursor") == "2" else {"tools": TOOLS[:1], "nextCursor": "2"}
        return {**about, "result": page}
    if method == "tools/call":
        result = call(params["name"], params["arguments"])
        return result if result is None else {**about, "result": result}
    return {**about, "error": {"code": -32601, "message": f"no method {method}"}}


def write(message: Any) -> None:
    """Sends a message."""
    print(json.dumps(message), flush=True)


def main(era: str) -> None:
    """Serves until the input ends. Between a question and its answer it does what a client must bear."""
    greeted = era == "stateless"
    for line in sys.stdin:
        message = json.loads(line)
        if "method" not in message:
            continue
        greeted = greeted or message["method"] in ("initialize", "notifications/initialized")
        if message["method"] == "tools/call" and message["params"]["name"] == "noise":
            print("this is no JSON\n\n[]", flush=True)
            write({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
            write({"jsonrpc": "2.0", "id": message["id"] + 1000, "result": {"content": []}})
            heard = []
            for asked in ("ping", "roots/list"):
                write({"jsonrpc": "2.0", "id": asked, "method": asked})
                heard.append(json.loads(sys.stdin.readline()))
            write({"jsonrpc": "2.0", "id": message["id"], "result": text(json.dumps(heard))})
        elif greeted and (found := answer(message, era)) is not None:
            write(found)


if __name__ == "__main__":
    main(sys.argv[1])
