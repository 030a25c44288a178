"""PromptBreeder: the prompts that mutate instructions evolve with them (Fernando et al. 2023)."""

from __future__ import annotations

from random import Random

from lmc.optimize.demonstrations.demos import labeled_pools
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.grounding import SHOWN, drawn, examples_text
from lmc.optimize.proposing.population import Birth, Individual, World, fittest

MUTATIONS = (
    "Change the instruction in a way that nobody else would think of.",
    "Make the instruction clearer, as if to somebody who knows nothing of the task.",
    "Say the instruction shorter, and keep only what matters most.",
    "Add a hint on how to tell the possible outputs apart.",
    "Tell the reader to go step by step.",
    "Say the same in other words.",
)
"""The first mutation prompts."""

HYPER = 0.25
"""The chance that a child's mutation prompt is improved before it is used."""

OPERATORS = ("first_order", "zero_order", "estimation", "lamarck", "crossover")
"""How a child is made: by its mutation prompt of its parent's instruction, or of the task alone; out of all
instructions from the worst to the best; from examples that are right; out of another one's instruction."""

ZERO = "Write an instruction for the task. "
ESTIMATE = "The instructions stand in the order of how good they are, the best last. Write one that is better still."
INDUCE = "Somebody followed an instruction for these inputs and wrote these outputs. Write the instruction."
CROSS = "Combine the two instructions into one."


def bred(world: World, found: list[Individual], rng: Random) -> list[Individual]:
    """A generation: individuals meet in pairs, and the place of the less fit of each is taken by a child of the fitter
    one, made by one of the operators. The mutation prompt goes to the child, sometimes improved by the proposer before.
    Best first."""
    scores = world.scores(found)
    order = list(range(len(found)))
    rng.shuffle(order)
    pairs = list(zip(order[::2], order[1::2], strict=False))
    meetings = [(one, other) if scores[one] >= scores[other] else (other, one) for one, other in pairs]
    mutations = improved(world, [found[winner].mutation for winner, _ in meetings], rng)
    ranked = fittest(found, scores, len(found))
    births = [
        birth(world, found[winner], mutation, ranked, rng)
        for (winner, _), mutation in zip(meetings, mutations, strict=True)
    ]
    new = list(found)
    for (_, loser), child in zip(meetings, world.born(births, found), strict=True):
        if child is not None:
            new[loser] = child
    return fittest(new, world.scores(new), len(new))


def improved(world: World, mutations: list[str], rng: Random) -> list[str]:
    """The mutation prompts, some of them improved (hyper-mutation)."""
    chosen = [number for number in range(len(mutations)) if rng.random() < HYPER]
    said = world.bench.propose("evo_mutation", [{"how": mutations[number]} for number in chosen]) if chosen else []
    better = {number: text.strip() for number, text in zip(chosen, said, strict=True) if isinstance(text, str)}
    return [better.get(number) or one for number, one in enumerate(mutations)]


def birth(world: World, parent: Individual, mutation: str, ranked: list[Individual], rng: Random) -> Birth:
    """How a child is asked for."""
    address, program = rng.choice(world.places), parent.program
    how, current = mutation, world.text(program, address)
    match rng.choice(OPERATORS):
        case "zero_order":
            how, current = ZERO + mutation, "(none yet)"
        case "estimation":
            texts = dict.fromkeys(world.text(one.program, address)[:200] for one in reversed(ranked[:4]))
            how, current = ESTIMATE, "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))
        case "lamarck":
            shown = examples(world, parent, address, rng)
            how, current = (INDUCE, shown) if shown else (how, current)
        case "crossover":
            other = world.text(rng.choice(ranked).program, address)
            how, current = CROSS, f"1. {current}\n2. {other}"
    asked = {"how": how, "task": world.task, "current": current}
    return Birth(program, address, "evo_mutate", asked, mutation)


def examples(world: World, parent: Individual, address: str, rng: Random) -> str:
    """Train rows that tell what a call takes and gives; nothing where they do not."""
    bench, program = world.bench, parent.program
    predict = dict(sites_with(program, bench.module, "instruction"))[address]
    pool = labeled_pools(program, bench.module, [(address, predict)], bench.train).get(address, ())
    return examples_text(program, predict, drawn(pool, SHOWN, bench, f"lamarck/{rng.random()}"))
