"""What is said of LMs that do not answer, of budgets, and of models' files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lmc.diagnostics import Diagnostic, did_you_mean

_SHOWN = 400


def shortened(text: str, limit: int = _SHOWN) -> str:
    """The text, or its beginning and end when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[: limit * 2 // 3]} … {text[-limit // 3 :]}"


# Budgets, recordings, caches


def budget_exceeded(limit: str, allowed: float, spent: float) -> Diagnostic:
    """The next call could go beyond a limit of the budget."""
    sign = "$" if limit == "dollars" else ""
    unit = "" if limit == "dollars" else f" {limit}"
    return Diagnostic(
        "LMP0601",
        f"the budget of {sign}{allowed:,g}{unit} does not allow the next call: {sign}{spent:,g} is spent",
        notes=("the call was not made",),
        help="raise the budget; the calls that were made are kept and are not made again",
    )


def not_recorded(where: str, model: str, request: str) -> Diagnostic:
    """A request that a recording or a script has no reply to."""
    return Diagnostic(
        "LMP0602",
        f"{where} has no reply of `{model}` to this request",
        notes=(shortened(request),),
        help="record it again: the program, its data or its tuned values have changed since",
    )


def cache_set_aside(path: Path, aside: Path) -> Diagnostic:
    """A cache that is damaged."""
    return Diagnostic(
        "LMP0541",
        f"the cache `{path}` is damaged; it was set aside as `{aside.name}` and a fresh one begun",
        help="delete the damaged file; calls that it held are made again",
        severity="warning",
    )


def cache_unusable(path: Path, reason: str) -> Diagnostic:
    """A cache that cannot be opened or written."""
    return Diagnostic(
        "LMP0542",
        f"replies are not kept in the cache `{path}`: {reason}",
        help="make the folder writable, free some space, or set LMC_HOME to another folder",
        severity="warning",
    )


# Remote LMs


def key_missing(model: str, variable: str) -> Diagnostic:
    """No API key in the environment."""
    return Diagnostic(
        "LMP0603",
        f"`{model}` needs an API key and the environment variable `{variable}` is not set",
        help=f'set it: export {variable}="…", or name another variable with the option `key` of the `lm` declaration',
    )


def key_refused(model: str, variable: str, said: str) -> Diagnostic:
    """The provider does not accept the API key."""
    return Diagnostic(
        "LMP0603",
        f"`{model}` refuses the API key in the environment variable `{variable}`",
        notes=(shortened(said),) if said else (),
        help=f"check that `{variable}` holds a key of this provider that is still valid",
    )


def model_unknown(model: str, said: str) -> Diagnostic:
    """The provider does not know the model."""
    return Diagnostic(
        "LMP0604",
        f"the provider knows no model `{model}`",
        notes=(shortened(said),) if said else (),
        help="check the name in the `lm` declaration: it is `provider/model`, and `base_url` for a server of your own",
    )


def request_refused(model: str, said: str) -> Diagnostic:
    """The provider says that the request is wrong."""
    return Diagnostic(
        "LMP0605",
        f"`{model}` refuses the request",
        notes=(shortened(said),) if said else (),
        help="check the options of the `lm` declaration and the length of the prompt",
    )


def unreachable(model: str, said: str) -> Diagnostic:
    """No answer, or one that says to come back later."""
    return Diagnostic(
        "LMP0606",
        f"`{model}` did not answer",
        notes=(shortened(said),) if said else (),
        help="check the network and the provider's status, then run the command again: it goes on where it stopped",
    )


def not_a_reply(model: str, said: str) -> Diagnostic:
    """An answer that holds no reply."""
    return Diagnostic(
        "LMP0607",
        f"`{model}` sent an answer that is not a reply",
        notes=(shortened(said),) if said else (),
        help="check that `base_url` is an OpenAI-compatible server and ends with `/v1`",
    )


def tuning_failed(model: str, job: str, status: str, said: str) -> Diagnostic:
    """A fine-tuning job that came to no model."""
    return Diagnostic(
        "LMP0640",
        f"the fine-tuning of `{model}` ended as `{status}` without a model (job `{job}`)",
        notes=(shortened(said),) if said else (),
        help="look at the training files, whose folder is named above; the next build begins another job",
    )


def option_wrong(model: str, option: str, expected: str) -> Diagnostic:
    """An option of an `lm` declaration with a value that it cannot have."""
    return Diagnostic(
        "LMP0608", f"the option `{option}` of `{model}` must be {expected}", help="correct the declaration"
    )


def remote_missing() -> Diagnostic:
    """litellm is not installed."""
    return Diagnostic(
        "LMP0612", "remote LMs need the package `litellm`, which is not installed", help="pip install 'lmc[remote]'"
    )


# The embedded LM


def local_missing() -> Diagnostic:
    """xllamacpp is not installed."""
    return Diagnostic(
        "LMP0610", "local LMs need the package `xllamacpp`, which is not installed", help="pip install 'lmc[local]'"
    )


def embeddings_missing() -> Diagnostic:
    """The packaged embedding LM is not installed."""
    return Diagnostic(
        "LMP0616",
        "the embedding LM `local/wordllama` needs the package `wordllama`, which is not installed or lacks its files",
        help="pip install 'lmc[embeddings]'",
    )


def prompt_too_long(model: str, tokens: int, context: int) -> Diagnostic:
    """A prompt that does not fit into the model's context."""
    return Diagnostic(
        "LMP0611",
        f"the prompt has {tokens:,} tokens and the context of `{model}` holds {context:,}",
        help="shorten the inputs or the demonstrations, or raise the option `context` if the model allows it",
    )


def context_exceeded(model: str, said: str) -> Diagnostic:
    """The provider says that a prompt does not fit into the context."""
    return Diagnostic(
        "LMP0611",
        f"the prompt is longer than the context of `{model}`",
        notes=(shortened(said),) if said else (),
        help="shorten the inputs or the demonstrations, or use a model with a longer context",
    )


def local_refused(model: str, said: str) -> Diagnostic:
    """The embedded LM says that the request is wrong: its chat template or its grammar."""
    return Diagnostic(
        "LMP0613",
        f"`{model}` cannot take this request",
        notes=(shortened(said),) if said else (),
        help="the model's chat template may know fewer roles, or the grammar may be wrong",
    )


def media_refused(model: str, kind: str) -> Diagnostic:
    """A prompt with an image, audio or a file for a model that reads text alone."""
    noun = {"image": "an image", "audio": "audio", "file": "a file"}.get(kind, "a part that is no text")
    return Diagnostic(
        "LMP0615",
        f"the prompt holds {noun} and `{model}` reads text alone",
        help='declare a remote model that takes it, such as lm eyes = "openai/gpt-4o-mini"',
    )


def model_unloadable(path: Path) -> Diagnostic:
    """A model's file that llama.cpp cannot load."""
    return Diagnostic(
        "LMP0614",
        f"the model file `{path}` cannot be loaded",
        help="the file may be damaged, too large for the memory, or of an architecture that llama.cpp does not know",
    )


# Files of models


def model_not_here(name: str, known: Iterable[str], pullable: bool = False) -> Diagnostic:
    """A local model that is not on this machine. `pullable`: the registry knows it."""
    if pullable:
        return Diagnostic(
            "LMP0622", f"the model `{name}` is not on this machine", help=f"fetch it: lmc model pull {name}"
        )
    names = sorted(known)
    guess = did_you_mean(name, names)
    return Diagnostic(
        "LMP0622",
        f"unknown local model `{name}`",
        notes=(f"known here: {', '.join(f'`{one}`' for one in names)}",) if names else (),
        help=f"did you mean `{guess}`?" if guess else f"add your own file: lmc model add {name} FILE.gguf",
    )


def cannot_fetch(name: str, tried: str, said: str) -> Diagnostic:
    """A model's file that could not be downloaded."""
    return Diagnostic(
        "LMP0620",
        f"the model `{name}` is not on this machine and could not be fetched ({tried})",
        notes=(shortened(said),) if said else (),
        help=f"connect to a network and try again, or add the file by hand: lmc model add {name} FILE.gguf",
    )


def wrong_sum(name: str, found: str, expected: str) -> Diagnostic:
    """A file whose bytes are not the model's."""
    return Diagnostic(
        "LMP0621",
        f"the file is not that of the model `{name}`; it is not kept",
        notes=(f"its sha256 is {found}", f"expected was    {expected}"),
        help="fetch it again; if that happens again, do not use its source",
    )


def model_changed(name: str, path: Path) -> Diagnostic:
    """A file that is not as it was when it was added."""
    return Diagnostic(
        "LMP0625",
        f"the file of the model `{name}` has changed since it was added, or is gone: `{path}`",
        help=f"add it again: lmc model add {name} FILE.gguf",
    )


def not_gguf(path: Path) -> Diagnostic:
    """A file in another format."""
    return Diagnostic(
        "LMP0623",
        f"`{path}` is not a GGUF file",
        help="llama.cpp reads GGUF files; their first four bytes are `GGUF`",
    )


def name_not_allowed(name: str) -> Diagnostic:
    """A name of a model that cannot be one."""
    return Diagnostic(
        "LMP0624",
        f"`{name}` cannot be the name of a model",
        help="use lower-case letters, digits, `.`, `_` and `-`, or `hf:owner/repository/file.gguf` to fetch one",
    )


# Serving


def port_taken(port: int, said: str) -> Diagnostic:
    """The port cannot be listened on."""
    return Diagnostic(
        "LMP0630", f"cannot listen on port {port} of 127.0.0.1: {said.lower()}", help="choose another one with --port"
    )
