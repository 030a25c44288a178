"""Prompt templates: text with typed holes, filled in the same way by the interpreter and by emitted code."""

from __future__ import annotations

from typing import Any, TypeAlias

Template: TypeAlias = dict[str, Any]
"""A predictor, frozen, as JSON: `name`, `lm`, `messages` (a list of `{"role", "content": [part, ...]}`) or `prompt` (a
list of parts), `reply` (a ReplySpec), `options` (the other fields of the request's body) and `attempts` (most calls).
A part is text or a hole, `{"input": name, "as": "text" | "list" | "json"}`."""

Request: TypeAlias = dict[str, Any]
"""The body of an OpenAI-compatible call: `messages` or `prompt`, beside the template's options."""


def show(value: Any, form: str) -> str:
    """An input as a prompt has it: a string as it is, other values as JSON, a list as lines that begin with "- "."""
    import json

    if form == "list" and isinstance(value, list):
        return "\n".join(f"- {show(item, 'text')}" for item in value) if value else "(none)"
    if form != "json" and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def fill(parts: list[Any], inputs: dict[str, Any]) -> str:
    """The text of the parts, each hole replaced by its input."""
    return "".join(part if isinstance(part, str) else show(inputs[part["input"]], part["as"]) for part in parts)


def render(template: Template, inputs: dict[str, Any]) -> Request:
    """The request that a template makes of its inputs."""
    options: Request = template["options"]
    if "prompt" in template:
        return {"prompt": fill(template["prompt"], inputs), **options}
    messages = [{"role": turn["role"], "content": fill(turn["content"], inputs)} for turn in template["messages"]]
    return {"messages": messages, **options}


def with_feedback(request: Request, reply: str, problem: str) -> Request:
    """The request of the next attempt: it shows the LM its own reply and what was wrong with it."""
    advice = f"That reply cannot be used: {problem}. Reply again, with nothing else."
    if "prompt" in request:
        lead = str(request["prompt"]).rsplit("\n", 1)[-1]
        return {**request, "prompt": f"{request['prompt']} {reply.strip()}\n\n{advice}\n\n{lead}"}
    turns = [{"role": "assistant", "content": reply.strip() or "(empty)"}, {"role": "user", "content": advice}]
    return {**request, "messages": [*request["messages"], *turns]}
