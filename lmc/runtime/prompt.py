"""Prompt templates: text with typed holes, filled in the same way by the interpreter and by emitted code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lmc.runtime.formula import evaluate
from lmc.runtime.media import content_part
from lmc.runtime.nearest import Pool

Template: TypeAlias = dict[str, Any]
"""A predictor, frozen, as JSON: `name`, `lm`, `messages` (a list of turns, see `TURNS`) or `prompt` (a list of parts,
see `PARTS`), `reply` (a ReplySpec), `options` (the other fields of the request's body) and `attempts` (most calls). The
usual turn is `{"role", "content": [part, ...]}`; a part is text, or a hole: `{"input": name, "as": "text" | "list" |
"json"}`."""

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


def render(template: Template, inputs: dict[str, Any]) -> Request:
    """The request that a template makes of its inputs. Raises MediaError for an image, recording or file that cannot be
    sent; and, where the author's own prompt computes what there is not, as `evaluate` does."""
    options: Request = template["options"]
    if "prompt" in template:
        return {"prompt": fill(template["prompt"], inputs), **options}
    return {"messages": filled_turns(template["messages"], inputs), **options}


def fill(parts: list[Any], inputs: dict[str, Any]) -> str:
    """The text of the parts, each hole replaced by its input."""
    return "".join(pieces(parts, inputs))


def pieces(parts: list[Any], inputs: dict[str, Any]) -> list[Any]:
    """The texts of the parts, and the content parts of images, audio and files among them."""
    found: list[Any] = []
    for part in parts:
        if isinstance(part, str):
            found.append(part)
        else:
            found += PARTS[next(word for word in PARTS if word in part)](part, inputs)
    return found


def input_pieces(part: Any, inputs: dict[str, Any]) -> list[Any]:
    """`{"input": name, "as": form}`: an input as it is shown."""
    return [show(inputs[part["input"]], part["as"])]


def value_pieces(part: Any, inputs: dict[str, Any]) -> list[Any]:
    """`{"value": formula}`: what a formula gives, null as nothing."""
    value = evaluate(part["value"], inputs)
    return [] if value is None else [show(value, "text")]


def choice_pieces(part: Any, inputs: dict[str, Any]) -> list[Any]:
    """`{"if": formula, "then": parts, "else": parts}`: one of two."""
    return pieces(part["then" if evaluate(part["if"], inputs) else "else"], inputs)


def loop_pieces(part: Any, inputs: dict[str, Any]) -> list[Any]:
    """`{"for": name, "in": formula, "do": parts}`: the parts for each item of a list. They see `loop` too, a record of
    `index` (from 1), `index0`, `first`, `last` and `length`."""
    items = evaluate(part["in"], inputs)
    found: list[Any] = []
    for place, item in enumerate(items):
        loop = {"index": place + 1, "index0": place, "first": place == 0}
        loop |= {"last": place == len(items) - 1, "length": len(items)}
        found += pieces(part["do"], {**inputs, part["for"]: item, "loop": loop})
    return found


def history_pieces(part: Any, inputs: dict[str, Any]) -> list[Any]:
    """`{"history": name}`: the turns of a conversation as lines."""
    return [past_lines(inputs[part["history"]])]


def past_lines(past: list[dict[str, Any]] | None) -> str:
    """The turns of a conversation as lines that begin with the role."""
    return "\n".join(f"{turn['role'].capitalize()}: {turn['content']}" for turn in past or ()) or "(none)"


def media_pieces(part: Any, inputs: dict[str, Any]) -> list[Any]:
    """`{"media": formula, "kind": "image" | "audio" | "file"}`: a content part, of null none."""
    value = evaluate(part["media"], inputs)
    return [] if value is None else [content_part(part["kind"], value)]


def nearest_pieces(part: Any, inputs: dict[str, Any]) -> list[Any]:
    """`{"nearest": k, "of": [input, ...], "keys": [text, ...], "shown": [parts, ...], "between": text}`: the
    demonstrations that are most like the inputs."""
    found: list[Any] = []
    for place in nearest_places(part, inputs):
        found += [part["between"]] if found else []
        found += pieces(part["shown"][place], inputs)
    return found


def nearest_places(part: Any, inputs: dict[str, Any]) -> list[int]:
    """The places of the `k` keys that are most like the inputs. The most similar comes last, where it stands next to
    the question."""
    keys = tuple(part["keys"])
    if keys not in POOLS:
        if len(POOLS) >= MOST_POOLS:
            POOLS.clear()
        POOLS[keys] = Pool(keys)
    return POOLS[keys].nearest(likeness(part["of"], inputs), part["nearest"])[::-1]


def likeness(names: list[str], inputs: dict[str, Any]) -> str:
    """The text by which demonstrations are compared with a call: its inputs, a line each."""
    return "\n".join(show(inputs.get(name), "text") for name in names)


POOLS: dict[tuple[str, ...], Pool] = {}
"""The prepared keys of templates."""

MOST_POOLS = 64
"""So many are kept."""


PARTS: dict[str, Callable[[Any, dict[str, Any]], list[Any]]] = {
    "input": input_pieces,
    "value": value_pieces,
    "if": choice_pieces,
    "for": loop_pieces,
    "history": history_pieces,
    "media": media_pieces,
    "nearest": nearest_pieces,
}
"""What fills a hole, by the word that tells what it is."""


def filled_turns(turns: list[Any], inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that turns make of the inputs."""
    found: list[dict[str, Any]] = []
    for turn in turns:
        found += TURNS[next(word for word in TURNS if word in turn)](turn, inputs)
    return found


def past_turns(turn: Any, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """`{"history": name}`: the turns of a conversation, as messages."""
    return [{"role": one["role"], "content": one["content"]} for one in inputs[turn["history"]] or ()]


def nearest_turns(turn: Any, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """`{"nearest": k, "of": [input, ...], "keys": [text, ...], "shown": [turns, ...]}`: the demonstrations that are
    most like the inputs, as messages."""
    shown = turn["shown"]
    return [one for place in nearest_places(turn, inputs) for one in filled_turns(shown[place], inputs)]


def mixed_turn(turn: Any, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """`{"role", "content": parts, "mixed": true}`: a message that may hold images, audio or files between texts."""
    content: list[Any] = []
    for piece in pieces(turn["content"], inputs):
        if isinstance(piece, str) and content and isinstance(content[-1], str):
            content[-1] += piece
        elif piece != "":
            content.append(piece)
    if all(isinstance(one, str) for one in content):
        return [{"role": turn["role"], "content": "".join(content)}]
    parts = [{"type": "text", "text": one} if isinstance(one, str) else one for one in content]
    return [{"role": turn["role"], "content": parts}]


def plain_turn(turn: Any, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """`{"role", "content": parts}`: a message."""
    return [{"role": turn["role"], "content": fill(turn["content"], inputs)}]


TURNS: dict[str, Callable[[Any, dict[str, Any]], list[dict[str, Any]]]] = {
    "history": past_turns,
    "nearest": nearest_turns,
    "mixed": mixed_turn,
    "role": plain_turn,
}
"""What makes messages of a turn, by the word that tells what it is."""


def advice(problem: str) -> str:
    """What an LM is told of a reply that cannot be used."""
    return f"That reply cannot be used: {problem}. Reply again, with nothing else."


def with_feedback(request: Request, reply: str, problem: str) -> Request:
    """The request of the next attempt: it shows the LM its own reply and what was wrong with it."""
    said = advice(problem)
    if "prompt" in request:
        lead = str(request["prompt"]).rsplit("\n", 1)[-1]
        return {**request, "prompt": f"{request['prompt']} {reply.strip()}\n\n{said}\n\n{lead}"}
    turns = [{"role": "assistant", "content": reply.strip() or "(empty)"}, {"role": "user", "content": said}]
    return {**request, "messages": [*request["messages"], *turns]}
