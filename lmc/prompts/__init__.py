"""From a call site to the prompt that it sends: layouts, schemas, grammars, templates."""

from lmc.prompts.compile import compile_prompt, templates
from lmc.prompts.schema import schema_of

__all__ = ["compile_prompt", "schema_of", "templates"]
