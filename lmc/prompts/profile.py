"""What is known of language models without asking them."""

from __future__ import annotations

from typing import Literal, NamedTuple

from lmc.ir.program import LMDecl, TurnStyle


class Profile(NamedTuple):
    """`turns` is the layout that demonstrations take unless something else is tuned; `constraint` is what the LM can
    hold its replies to: a GBNF grammar, a JSON schema, or nothing; `context` is in tokens; `completion`: whether it
    continues bare text."""

    turns: TurnStyle
    constraint: Literal["grammar", "json_schema", "none"]
    context: int
    completion: bool


KNOWN: tuple[tuple[str, Profile], ...] = (
    ("local/smollm2-135m", Profile("chat", "grammar", 8192, True)),
    ("local/", Profile("chat", "grammar", 8192, True)),
    ("openai/", Profile("chat", "json_schema", 128_000, False)),
    ("azure/", Profile("chat", "json_schema", 128_000, False)),
    ("anthropic/", Profile("chat", "none", 200_000, False)),
    ("gemini/", Profile("chat", "none", 1_000_000, False)),
    ("", Profile("chat", "none", 32_000, False)),
)
"""By the beginning of the reference; the first that fits."""


def profile_of(lm: LMDecl) -> Profile:
    """What is known of a declared LM. A declared `context` counts; behind a declared `base_url` no constraint is
    taken for granted."""
    profile = next(profile for prefix, profile in KNOWN if lm.reference.startswith(prefix))
    if lm.option("base_url") and not lm.reference.startswith("local/"):
        profile = profile._replace(constraint="none")
    return profile._replace(context=lm.option("context", profile.context))
