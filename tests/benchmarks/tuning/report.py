"""RESULTS.md, made from the results: every row as it came out, and the bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmc.evaluate.statistics import bootstrap, differences, mean, paired_interval
from tests.benchmarks.tuning.cells import RESULTS, Cell, Result, kept
from tests.benchmarks.tuning.systems import BUDGETS, OURS, PEERS, UNSEEDED, cells
from tests.benchmarks.tuning.tasks import HERE, TASKS

LMS = {"smollm2-135m": (tuple(one.name for one in TASKS), (0, 1, 2)), "qwen2.5-coder-0.5b": (("mr", "concierge"), (0,))}
"""The part of the matrix that is measured on each LM: tasks and seeds."""

RIVALS = ("lmc-labeled", "dspy-bfs", "dspy-rs", "dspy-mipro", "dspy-gepa")
ORIGINAL = {"lmc": "lmc-written", "dspy": "dspy-zero"}
MARGIN, SLACK = 0.03, 0.01
"""The lead on the mean that is asked for, and how much worse than its original a tuned program may be."""

HEADER = """\
# Results

Written by `python -m tests.benchmarks.tuning report` from `results/`; [PROTOCOL.md](PROTOCOL.md) says what is measured
and how. Scores and differences are in points, with 95 % intervals over the sealed rows (the mean of the seeds for each
row). Calls, tokens and seconds are means of the seeds, for tuning alone, instructions included. "LM seconds" is what
the LM takes for the calls where none is known; "wall" is what passed, with those known that another cell had asked for.
"""


@dataclass(frozen=True, slots=True)
class Arm:
    """One system on one task, its seeds together. `rows` are the scores of the sealed rows, the mean of the seeds;
    `calls` those served while tuning, `distinct` the different ones among them."""

    task: str
    system: str
    budget: int | None
    results: tuple[Result, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Its seeds."""
        return tuple(one.cell.seed for one in self.results)

    @property
    def rows(self) -> list[float]:
        """The scores by row."""
        return [mean(scores) for scores in zip(*(one.scores for one in self.results), strict=True)]

    @property
    def score(self) -> float:
        """The mean score."""
        return mean(self.rows)

    def count(self, name: str) -> float:
        """The mean of one of the proxy's counts."""
        return mean([float(one.tuning[name]) for one in self.results])

    def of(self, seeds: Iterable[int]) -> Arm:
        """The same with these seeds alone; a system that has no seed has the same result for each."""
        if self.system in UNSEEDED:
            return self
        wanted = set(seeds)
        return Arm(self.task, self.system, self.budget, tuple(one for one in self.results if one.cell.seed in wanted))


Arms = Mapping[tuple[str, str, int | None], Arm]


def arms_of(results: Mapping[Cell, Result]) -> Arms:
    """The arms of the cells that ended well."""
    found: dict[tuple[str, str, int | None], list[Result]] = {}
    for cell, result in sorted(results.items(), key=lambda item: item[0].seed):
        if result.status == "finished":
            found.setdefault((cell.task, cell.system, cell.budget), []).append(result)
    return {key: Arm(*key, tuple(some)) for key, some in found.items()}


@dataclass(frozen=True, slots=True)
class Versus:
    """One budget of `auto` against another system on a task, on the seeds that both have."""

    auto: Arm
    other: Arm
    equal: bool

    @property
    def difference(self) -> float:
        """The mean of the differences."""
        return mean(differences(self.auto.rows, self.other.rows))

    @property
    def ends(self) -> tuple[float, float]:
        """The interval of the difference."""
        return paired_interval(self.auto.rows, self.other.rows, 0)


def versus(arms: Arms, task: str, system: str, budgets: Sequence[int] = BUDGETS) -> Versus | None:
    """`auto` against another system at equal calls: the largest budget that takes no more than the other, else the
    smallest."""
    other = arms.get((task, system, None))
    autos = [arms[task, "lmc-auto", one] for one in budgets if (task, "lmc-auto", one) in arms]
    if other is None or not autos:
        return None
    fitting = [one for one in autos if one.count("served") <= other.count("distinct")]
    auto = fitting[-1] if fitting else autos[0]
    common = set(auto.seeds) if other.system in UNSEEDED else set(auto.seeds) & set(other.seeds)
    return Versus(auto.of(common), other.of(common), bool(fitting)) if common else None


def write(folder: Path = RESULTS, file: Path = HERE / "RESULTS.md") -> None:
    """Writes the report."""
    parts = [HEADER]
    for lm, (tasks, seeds) in LMS.items():
        results = kept(lm, folder)
        parts.append(section(lm, results, tasks, seeds) if results else f"\n## {lm}\n\nIncomplete: nothing measured.\n")
    file.write_text("".join(parts), encoding="utf-8")


def section(lm: str, results: Mapping[Cell, Result], tasks: Sequence[str], seeds: Sequence[int]) -> str:
    """What was measured on one LM."""
    arms = arms_of(results)
    wanted = cells(list(tasks), [*OURS, *PEERS], list(seeds), lm, list(BUDGETS))
    lacking = [cell for cell in wanted if cell not in results]
    failed = [result for result in results.values() if result.status != "finished"]
    lines = [f"\n## {lm}\n", f"{len(wanted) - len(lacking)} of {len(wanted)} cells measured, {facts(results)}.", ""]
    lines += again(arms, tasks)
    lines += scores(arms, tasks, seeds)
    lines += compared(arms, tasks)
    lines += bars(results, arms, tasks)
    if failed:
        lines += ["", "Cells that ended with an error (they count as no result):", ""]
        lines += [f"- {one.cell.name}: {one.status}" for one in failed]
    if lacking:
        lines += ["", "Incomplete; cells that are missing, by system and task, with their seeds:", "", *absent(lacking)]
    return "\n".join(lines) + "\n"


def facts(results: Mapping[Cell, Result]) -> str:
    """With what the cells were run; the commit of each stands in `results/`."""
    said = [one.facts for one in results.values()]
    commits: dict[str, set[str]] = {}
    for one in said:
        commits.setdefault(one["version"], set()).add(one.get("commit", ""))
    versions = [
        f"{name} at {len(at)} commits" if len(at) > 1 else f"{name} {min(at)}".rstrip()
        for name, at in sorted(commits.items())
    ]
    threads = sorted({one["threads"] for one in said})
    dates = sorted({one["date"] for one in said})
    span = " to ".join(dict.fromkeys((dates[0], dates[-1])))
    return f"{span}, {', '.join(map(str, threads))} LM thread; {', '.join(versions)}"


def again(arms: Arms, tasks: Sequence[str]) -> list[str]:
    """The identical program twice."""
    lines = ["### A/A: the program as written, twice", "", row("task", "n", "first", "again", "difference"), rule(5)]
    for task in tasks:
        one, other = (arms.get((task, name, None)) for name in ("lmc-written", "lmc-written-again"))
        if one is not None and other is not None:
            gap = mean(differences(other.rows, one.rows))
            differing = sum(a != b for a, b in zip(one.rows, other.rows, strict=True))
            cell = f"{points(gap, True)} ({differing} rows differ)"
            lines.append(row(task, len(one.rows), points(one.score), points(other.score), cell))
    return [*lines, ""]


def scores(arms: Arms, tasks: Sequence[str], seeds: Sequence[int]) -> list[str]:
    """Every arm as it came out."""
    head = ("task", "system", "n", "seeds", "as written", "score", "gain", "calls served", "distinct",
            "tokens in + out", "LM seconds", "wall")  # fmt: skip
    lines = ["### Scores", "", row(*head), rule(len(head))]
    for arm in arms.values():
        if arm.task not in tasks:
            continue
        low, high = bootstrap(arm.rows, 0, 0.95, 2000)
        original = arms.get((arm.task, ORIGINAL[arm.system.partition("-")[0]], None))
        incomplete = arm.system not in UNSEEDED and set(arm.seeds) != set(seeds)
        lines.append(
            row(
                arm.task,
                named(arm),
                len(arm.rows),
                ", ".join(map(str, arm.seeds)) + (" (incomplete)" if incomplete else ""),
                "–" if original is None else points(original.score),
                f"{points(arm.score)} [{points(low)}, {points(high)}]",
                "–" if original is None else points(arm.score - original.score, True),
                f"{arm.count('served'):,.0f}",
                f"{arm.count('distinct'):,.0f}",
                f"{arm.count('prompt_tokens'):,.0f} + {arm.count('completion_tokens'):,.0f}",
                f"{arm.count('lm_seconds'):,.0f}",
                f"{mean([one.seconds for one in arm.results]):,.0f}",
            )
        )
    order = {name: number for number, name in enumerate(tasks)}
    return [*lines[:4], *sorted(lines[4:], key=lambda line: order[line.split(" | ")[0].strip("| ")]), ""]


def compared(arms: Arms, tasks: Sequence[str]) -> list[str]:
    """`auto` against each of the others."""
    head = ("task", "against", "seeds", "auto at", "its calls", "the other's calls", "auto − other", "within noise",
            "calls to reach its score", "of its calls")  # fmt: skip
    lines = ["### `auto` against the others, at equal calls", "", row(*head), rule(len(head))]
    for task in tasks:
        for system in RIVALS:
            if (found := versus(arms, task, system)) is None:
                lines.append(row(task, system, *["incomplete"] * 8))
                continue
            low, high = found.ends
            calls = found.other.count("distinct")
            reached = calls_to(arms, found.other)
            share = "–" if reached is None or not calls else f"{100 * reached / calls:.0f} %"
            equal = "" if found.equal else " (more than the other's)"
            lines.append(
                row(
                    task,
                    system,
                    len(found.auto.seeds),
                    f"{found.auto.budget} a call",
                    f"{found.auto.count('served'):,.0f}{equal}",
                    f"{calls:,.0f}",
                    f"{points(found.difference, True)} [{points(low, True)}, {points(high, True)}]",
                    "yes" if high >= 0 else "**no**",
                    "not reached" if reached is None else f"{reached:,.0f}",
                    share,
                )
            )
    return [*lines, ""]


def calls_to(arms: Arms, other: Arm) -> float | None:
    """The calls of the smallest budget of `auto` that scores as well as the other does in the end, on its seeds; none,
    where the program as written does."""
    written = arms.get((other.task, "lmc-written", None))
    if written is not None and written.score >= other.score:
        return 0
    for budget in BUDGETS:
        auto = arms.get((other.task, "lmc-auto", budget))
        if auto is not None and auto.of(other.seeds).results:
            auto = auto.of(other.seeds)
            if auto.score >= other.of(auto.seeds).score:
                return auto.count("served")
    return None


def bars(results: Mapping[Cell, Result], arms: Arms, tasks: Sequence[str]) -> list[str]:
    """Which bars are met."""
    pairs = {(task, system): versus(arms, task, system) for task in tasks for system in RIVALS}
    lacking = any(one is None for one in pairs.values())
    below = [f"{task} against {one.other.system}" for (task, _), one in pairs.items() if one and one.ends[1] < 0]
    leads = {
        system: mean([one.difference for task in tasks if (one := pairs[task, system]) is not None])
        for system in RIVALS
        if all(pairs[task, system] is not None for task in tasks)
    }
    late = [
        f"{task} against {system}"
        for (task, system), one in pairs.items()
        if one is not None and (calls := one.other.count("distinct")) and not early(calls_to(arms, one.other), calls)
    ]
    autos = [one for one in results.values() if one.cell.system == "lmc-auto" and one.status == "finished"]
    worse = [one.cell.name for one in autos if (lost := loss(one, arms)) is not None and lost > SLACK]
    beyond = [one.cell.name for one in autos if one.tuning["refused"] or one.tuning["served"] > one.tuning["cap"]]
    least = min(leads.items(), key=lambda item: item[1]) if leads else None
    lead = "no system has all tasks" if least is None else f"least against {least[0]}: {points(least[1], True)}"
    said = (
        ("at equal calls at least as good as every peer and the control, within noise", not below, ", ".join(below)),
        ("better than the best of them by 3 points on the mean", least and least[1] >= MARGIN, lead),
        ("reaches the other's score with at most half of its calls", not late, ", ".join(late)),
        ("no tuned program worse than the original by more than a point", not worse, ", ".join(worse)),
        ("no budget exceeded", not beyond, ", ".join(beyond)),
    )
    lines = ["### Bars", "", row("bar", "verdict", "what speaks against it"), rule(3)]
    for what, met, against in said:
        verdict = ("met so far" if lacking else "met") if met else "**NOT met**"
        lines.append(row(what, "incomplete" if met is None or not autos else verdict, against or "–"))
    return lines


def absent(cells: Sequence[Cell]) -> list[str]:
    """A line of a list for each system with the cells that it lacks."""
    found: dict[str, dict[str, list[str]]] = {}
    for cell in cells:
        system = named(Arm(cell.task, cell.system, cell.budget, ()))
        found.setdefault(system, {}).setdefault(cell.task, []).append(str(cell.seed))
    lines = []
    for system, tasks in found.items():
        said = [f"{task} {', '.join(seeds)}" for task, seeds in tasks.items()]
        lines.append(f"- {system}: {'; '.join(said)}")
    return lines


def early(reached: float | None, calls: float) -> bool:
    """Whether a score was reached with at most half of the calls."""
    return reached is not None and reached <= calls / 2


def loss(result: Result, arms: Arms) -> float | None:
    """How much worse than its original a tuned program is."""
    original = arms.get((result.cell.task, "lmc-written", None))
    return None if original is None else original.score - mean(result.scores)


def named(arm: Arm) -> str:
    """The name of a system, with its budget."""
    return arm.system if arm.budget is None else f"{arm.system}, {arm.budget} a call"


def points(share: float, signed: bool = False) -> str:
    """A share in points."""
    return f"{100 * share:+.1f}" if signed else f"{100 * share:.1f}"


def row(*cells: object) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def rule(columns: int) -> str:
    """The line below the head."""
    return f"|{'---|' * columns}"
