"""Where the LMs of a program are asked by default."""

from __future__ import annotations

from typing import Any

from lmc.ir.program import LMDecl, Program

COMPATIBLE: dict[str, tuple[str, str]] = {
    "local": ("http://127.0.0.1:8484/v1", "LMC_TOKEN"),
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "deepseek": ("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": ("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "openrouter": ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
}
"""The providers whose servers speak OpenAI's protocol: base URL and the variable that holds the key."""

DROPPED = ("grammar", "lmc_prefix")
"""What only the server of `lmc model serve` takes."""


def server(lm: LMDecl) -> dict[str, Any]:
    """The server of an LM, as the runtime's client takes it."""
    provider, _, model = lm.reference.partition("/")
    base_url, key = COMPATIBLE.get(provider, ("", f"{provider.upper()}_API_KEY"))
    found: dict[str, Any] = {
        "reference": lm.reference,
        "model": model,
        "base_url": lm.option("base_url", base_url),
        "key": lm.option("key", key),
        "dropped": [] if provider == "local" else [one for one in DROPPED if one != lm.option("structured")],
    }
    found.update({name: lm.option(name) for name in ("retries", "timeout", "fallback") if lm.option(name) is not None})
    return found


def reached(program: Program, names: list[str]) -> list[LMDecl]:
    """The named LMs and those that they fall back on, in source order."""
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            fallback = program.lm(name).option("fallback")
            queue += [fallback] if fallback is not None else []
    return [lm for lm in program.lms if lm.name in found]
