"""What a build says while it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmc.cli.bar import fetch_models
from lmc.cli.common import show
from lmc.diagnostics import Diagnostic
from lmc.driver.load import Loaded
from lmc.driver.progress import Progress

if TYPE_CHECKING:
    from lmc.optimize.trial import Trial


class Narrator:
    """Says on standard error what a build does."""

    def __init__(self, loaded: Loaded, file: Path) -> None:
        from lmc.lm.meter import Usage

        self.loaded = loaded
        self.file = file
        self.lms: Any = None
        self.refused = False
        self.progress = Progress(sys.stderr, lambda: self.lms.usage if self.lms else Usage(), None)

    def __call__(self, event: str, **details: Any) -> None:
        """What happens: the name of an event and its details."""
        match event:
            case "models":
                fetch_models(details["references"])
            case "tick":
                self.progress.tick()
            case "plan":
                self.plan(**details)
            case "pass":
                where = f" ({details['number']}/{details['of']})" if details["of"] else ""
                self.progress.begin(f"{details['name']}{where}")
            case "training":
                (self.progress.say if details["stays"] else self.progress.begin)(f"    {details['words']}")
            case "warning" | "change":
                self.refused = self.refused or event == "change"
                self.say(details["diagnostic"])
            case _:
                if words := told(event, details):
                    self.progress.say(words)

    def say(self, diagnostic: Diagnostic) -> None:
        """Prints a diagnostic."""
        self.progress.clear()
        show([diagnostic], self.loaded.sources)

    def plan(self, plan: Any, lms: Any, resumed: int) -> None:
        """Prints what a tuning is going to do and the most it can take."""
        self.lms = lms
        most = (
            f"at most {plan.calls} LM calls"
            if plan.calls is not None
            else "no limit of calls: the source sets no budget"
        )
        sealed = f"{plan.sealed_calls} of them kept for {plan.test} sealed rows" if plan.test else "no sealed rows"
        name = f"{plan.module} for {plan.profile}" if plan.profile else plan.module
        self.progress.say(f"tuning {name} of {self.file}: {most}, {sealed}")
        self.progress.say(f"  rows: {plan.rows}; passes: {', '.join(plan.passes)}")
        if resumed:
            self.progress.say(f"  going on: {resumed} calls were made before and are not made again")
        self.progress = Progress(sys.stderr, lambda: lms.usage, plan.calls, spent=lambda: lms.budget.spent.calls)


def told(event: str, details: dict[str, Any]) -> str | None:
    """The line that stays of an event; None where there is none."""
    match event:
        case "stale":
            return f"{details['module']} is tuned again: {', '.join(details['changed'])} changed"
        case "outcome":
            calls = f"{details['calls']} call{'s' * (details['calls'] != 1)}"
            saved = f", {details['reused']} saved: they had been asked before" if details["reused"] else ""
            return f"  {details['name']}: {details['outcome']}, {calls}{saved}"
        case "rung":
            return f"    {details['candidates']} candidates on {details['rows']} rows, best {details['best']:.3f}"
        case "cut":
            left = f"{details['kept']} of {details['candidates']} candidates are left"
            return f"    {left} by the likelihood of right replies to {details['rows']} rows"
        case "trial" if details["trial"].against is not None:
            return f"    {compared(details['trial'])}"
        case "skip" | "kept" | "note":
            return f"    {details['reason']}"
    return None


def compared(trial: Trial) -> str:
    """A race in words."""
    origin = f"{trial.origin}: " if trial.origin else ""
    return f"{origin}{trial.decision}, {trial.score:.3f} against {trial.against:.3f} on {trial.rows} rows"
