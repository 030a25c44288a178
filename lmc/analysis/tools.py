"""Declared tools as the runtime calls them."""

from __future__ import annotations

import shlex
from typing import Any

from lmc.ir.program import Tool
from lmc.ir.subtype import Named, base, resolve
from lmc.ir.types import STR, RecordType


def tool_call(tool: Tool, named: Named) -> dict[str, Any]:
    """The tool as `call_http` (`HttpTool`) or `call_mcp` (`McpTool`) takes it. `named` are the program's types."""
    options = dict(tool.options)
    timeout = {"timeout": float(options["timeout"])} if "timeout" in options else {}
    headers = {"headers": as_record(options["headers"])} if options.get("headers") else {}
    if tool.protocol == "http":
        method, _, url = tool.target.strip().rpartition(" ")
        return {"name": tool.name, "method": method.strip().upper() or "GET", "url": url, **headers, **timeout}
    is_url = tool.target.startswith(("http://", "https://"))
    server: dict[str, Any] = {"url": tool.target, **headers} if is_url else {"command": shlex.split(tool.target)}
    if options.get("env"):
        server["env"] = as_record(options["env"])
    known = {"tool": options["tool"]} if "tool" in options else {}
    shape = base(resolve(tool.returns, named))
    returns = "text" if shape == STR else "record" if isinstance(shape, RecordType) else "value"
    return {"name": tool.name, **known, "server": server, **timeout, "returns": returns}


def as_record(value: Any) -> dict[str, Any]:
    """An option that is a record, also where it is written as a tuple of pairs."""
    return dict(value)
