"""What is known of language models without asking them."""

from __future__ import annotations

from typing import Literal, NamedTuple

from lmc.ir.program import LMDecl, TurnStyle

Constraint = Literal["grammar", "json_schema", "none"]


class Profile(NamedTuple):
    """`turns` is the layout that demonstrations take unless something else is tuned; `constraint` is what the LM can
    hold its replies to: a GBNF grammar, a JSON schema, or nothing; `context` is in tokens; `completion`: whether it
    continues bare text; `tools`: whether it calls tools in its provider's own form; `media`: whether it may take
    images, audio and files."""

    turns: TurnStyle
    constraint: Constraint
    context: int
    completion: bool
    tools: bool = False
    media: bool = True


LOCAL = Profile("chat", "grammar", 8192, True, False, False)
OPENAI = Profile("chat", "json_schema", 128_000, False, True)
OLD_OPENAI = OPENAI._replace(constraint="none")
UNKNOWN = Profile("chat", "none", 32_000, False)

KNOWN: tuple[tuple[str, Profile], ...] = (
    ("local/smollm2-135m", LOCAL),
    ("local/", LOCAL),
    ("openai/gpt-4o-2024-05-13", OLD_OPENAI),
    ("openai/gpt-4o", OPENAI),
    ("openai/gpt-4.", OPENAI),
    ("openai/gpt-4", OLD_OPENAI),
    ("openai/gpt-3.5-turbo-16k", OLD_OPENAI._replace(tools=False)),
    ("openai/gpt-3.5", OLD_OPENAI),
    ("openai/gpt-audio", OLD_OPENAI),
    ("openai/gpt-5-chat", OPENAI._replace(tools=False)),
    ("openai/", OPENAI),
    ("azure/gpt-4-", OLD_OPENAI),
    ("azure/gpt-35", OLD_OPENAI),
    ("azure/", OPENAI),
    ("anthropic/", Profile("chat", "json_schema", 200_000, False, True)),
    ("gemini/gemini", Profile("chat", "json_schema", 1_000_000, False, True)),
    ("gemini/", Profile("chat", "none", 1_000_000, False)),
    ("mistral/", UNKNOWN._replace(constraint="json_schema", tools=True)),
    ("xai/", UNKNOWN._replace(constraint="json_schema", tools=True)),
    ("deepseek/deepseek-chat", UNKNOWN._replace(tools=True)),
    ("groq/", UNKNOWN._replace(tools=True)),
    ("", UNKNOWN),
)
"""By the beginning of the reference; the first that fits. A table of lmc's own, so that the same source gives the same
prompts whatever is installed; litellm's `supports_response_schema` and `supports_function_calling` bear it out."""

STRUCTURED: dict[str, Constraint] = {"schema": "json_schema", "grammar": "grammar", "none": "none"}
"""The values of the option `structured`."""


def profile_of(lm: LMDecl) -> Profile:
    """What is known of a declared LM. The options `context`, `structured` and `tools` count before the table; behind a
    declared `base_url` no constraint and no tools are taken for granted."""
    reference = lm.reference.replace("/ft:", "/", 1)  # a fine-tuned model can do what the one that it was made from can
    profile = next(profile for prefix, profile in KNOWN if reference.startswith(prefix))
    if lm.option("base_url") and not lm.reference.startswith("local/"):
        profile = profile._replace(constraint="none", tools=False)
    if (structured := lm.option("structured")) is not None:
        profile = profile._replace(constraint=STRUCTURED[structured])
    if (tools := lm.option("tools")) is not None:
        profile = profile._replace(tools=tools == "native")
    return profile._replace(context=lm.option("context", profile.context))
