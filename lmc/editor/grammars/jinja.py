"""The rules of Jinja in prompts. In a prompt on one line the quotes of Jinja's strings are escaped."""

from __future__ import annotations

from lmc.editor.grammars.rules import Context, Match, Region, Rule
from lmc.editor.grammars.words import Words

WORDS = ("and", "in", "is", "not", "or", "recursive")
"""The words of Jinja's expressions."""

CONSTANTS = ("False", "None", "True", "false", "none", "true")


def contexts(words: Words) -> dict[str, Context]:
    """The contexts of Jinja, for prompts on one line and on several."""
    return {
        "jinja_of_block": regions("block", '(?=""")'),
        "jinja_of_line": regions("line", '(?=")|$'),
        "jinja_strings_of_block": (string("double_block", '"', '(?=""")'), string("single_block", "'", '(?=""")')),
        "jinja_strings_of_line": (string("double_line", r"\\\"", '(?=")'), string("single_line", "'", '(?=")')),
        "jinja_inside": inside(words),
        "jinja_filters": (Match("[A-Za-z_][A-Za-z0-9_]*", "jinja_filter"),),
    }


def regions(where: str, guard: str) -> Context:
    """Comments, text that is not read, tags and values. `guard`: the end of the prompt is the end of all of them."""
    within = (f"jinja_strings_of_{where}", "jinja_inside")
    raw = r"\{%[-+]?[ \t]*raw[ \t]*[-+]?%\}"
    end_raw = r"\{%[-+]?[ \t]*endraw[ \t]*[-+]?%\}"
    return (
        Region(f"jinja_comment_{where}", r"\{#", rf"#\}}|{guard}", "jinja_comment", "jinja_comment"),
        Region(f"jinja_raw_{where}", raw, f"{end_raw}|{guard}", "jinja_brace", "prompt", ("escapes",)),
        Region(f"jinja_tag_{where}", r"\{%[-+]?", rf"[-+]?%\}}|{guard}", "jinja_brace", "jinja", within),
        Region(f"jinja_value_{where}", r"\{\{[-+]?", rf"[-+]?\}}\}}|{guard}", "jinja_brace", "jinja", within),
    )


def string(name: str, quote: str, guard: str) -> Region:
    """A string within Jinja."""
    return Region(f"jinja_{name}", quote, f"{guard}|{quote}|$", "jinja_string", "jinja_string")


def inside(words: Words) -> tuple[Rule, ...]:
    """What stands between the braces, but for strings."""
    tags = "|".join(words.tags)
    return (
        Match(r"\|", "jinja_operator", then="jinja_filters"),
        Match(rf"(?<!\.)\b(?:{tags}|{'|'.join(WORDS)})\b(?![ \t]*=[^=])", "jinja_word"),
        Match(rf"(?<!\.)\b(?:{'|'.join(CONSTANTS)})\b", "jinja_constant"),
        Match(r"\b[0-9]+(?:\.[0-9]+)?", "jinja_number"),
        Match("[A-Za-z_][A-Za-z0-9_]*", "jinja_name"),
        Match(r"==|!=|<=|>=|//|\*\*|[-+*/%<>=~]", "jinja_operator"),
        Match(r"[(),.:\[\]{}]", "mark"),
    )
