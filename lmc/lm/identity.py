"""What tells the replies of one LM from those of another."""

from __future__ import annotations

import json

from lmc.diagnostics import Failure
from lmc.ir.program import LMDecl
from lmc.lm.registry import registered

DISTINGUISHING = ("base_url", "context", "fast", "threads", "fallback")
"""The options beside those in a request's body that change replies. The bits of a local model's depend on the number of
threads, so that is never taken from the machine."""


def identity_of(lm: LMDecl) -> str:
    """The name under which replies are kept: the reference, with the options that distinguish and, for a model that the
    user added, the hash of its file."""
    found = {name: value for name, value in lm.options if name in DISTINGUISHING}
    name = lm.reference.removeprefix("local/")
    if lm.reference != name and registered(name) is None:
        from lmc.lm.models import find

        try:
            model = find(name)
        except Failure:
            model = None
        if model is not None:
            found["sha256"] = model.sha256
    return lm.reference + (json.dumps(found, sort_keys=True) if found else "")
