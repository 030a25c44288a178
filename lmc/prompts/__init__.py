"""From a call site to the prompt that it sends: layouts, schemas, grammars, templates."""

from lmc.prompts.compile import compile_prompt, outputs_of, strategy_of, templates
from lmc.prompts.own import tunable_slots
from lmc.prompts.schema import schema_of

__all__ = ["compile_prompt", "outputs_of", "schema_of", "strategy_of", "templates", "tunable_slots"]
