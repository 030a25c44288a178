"""A model of the program's own, tuned on runs that went well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field

from lmc.analysis.calls import lm_of, named_types, reachable, sites
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scoring import Scored
from lmc.execute.trace import Call
from lmc.ir.program import Demo, Expr, LMDecl, Predict, Program, Settings
from lmc.ir.walk import transform_body
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.chats import ChatRow, Chats, Training, divided
from lmc.optimize.demonstrations.demos import traced_demo
from lmc.optimize.demonstrations.projection import Projection, projection
from lmc.optimize.demonstrations.teaching import Teacher, teacher_of
from lmc.optimize.passes.bootstrap import matched, ordered
from lmc.prompts.compile import compile_prompt, outputs_of, strategy_of, writer_of
from lmc.prompts.expected import reply_of
from lmc.runtime.prompt import Template
from lmc.runtime.run import first_request

BATCH = 64
"""Train rows that the teacher runs at the same time."""

LEAST_ROWS = 10
"""Rows that a model is trained on, at least: providers take no fewer."""


@dataclass(frozen=True)
class Finetune(OptimizerPass):
    """Runs a teacher on train rows and trains the program's own model on the calls of its good runs (score of at least
    `threshold`). The teacher is as for `bootstrap`: the program, the program with another LM, or another module of any
    shape. A row to train on is a prompt in the very words in which the program writes it, and the right reply in those
    in which its demonstrations show it; nothing else is learned. The same row counts once, and about the share `valid`
    of the data rows is kept to validate with. Each LM of the module gets one tuned model for all of its call sites
    (`multitask`), or one for each. `demos`: whether prompts keep their demonstrations; without them they are cheaper.
    `epochs` is how often each row is gone through (0: as the provider has it).

    The files are written below LMC_HOME, then the provider trains, and the calls ask the tuned model. What that costs
    is the provider's to say and is not part of the budget. With `export_only` nothing is trained. After DSPy's
    BootstrapFinetune (Soylu, Potts and Khattab 2024)."""

    name: ClassVar[str] = "finetune"
    threshold: Annotated[float, Field(ge=0, le=1)] = 1.0
    rows: Annotated[int, Field(ge=1)] = 1000
    multitask: bool = True
    valid: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    demos: bool = True
    epochs: Annotated[int, Field(ge=0, le=100)] = 0
    export_only: bool = False

    def run(self, program: Program, bench: Bench) -> Program:
        """The program that asks models which learned from its teacher."""
        if bench.training is None:
            bench.listen("skip", reason="there is no place for training files")
            return program
        student = self.student(program, bench.module)
        rows = list(self.collect(program, student, bench))
        if not rows:
            return program
        tuned = student
        for chats in self.lessons(student, bench, rows):
            if (model := self.trained(chats, bench, bench.training)) is not None:
                tuned = asking(tuned, bench.module, model, chats.sites)
        return program if tuned is student else tuned

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Its rows, by the teacher."""
        return Work(taught=min(self.rows, len(roles.train)))

    def student(self, program: Program, module: str) -> Program:
        """The program as it is trained for: what it asks are chats, with or without demonstrations."""
        named = named_types(program)

        def change(owner: str, predict: Predict) -> Settings:
            settings, lm = predict.settings, lm_of(program, owner, predict)
            layout = None if lm is None else writer_of(program, predict, lm, named).layout
            if layout is not None and layout.turns == "completion":
                settings = replace(settings, layout=replace(layout, turns="block"))
            return settings if self.demos else replace(settings, demos=(), nearest=None)

        return with_settings(program, module, change)

    def collect(self, program: Program, student: Program, bench: Bench) -> Iterator[ChatRow]:
        """What good runs of the teacher give to train on, on as many rows as the budget pays for; where a race is to
        follow, it keeps room for it."""
        teacher = teacher_of(program, bench)
        shape = projection(student, bench.module, teacher.program, teacher.module, {})
        rows = bench.rng("finetune/rows").sample(bench.train, min(self.rows, len(bench.train)))
        kept = 0 if self.export_only else 2 * bench.rule().block * bench.rule().minimum_blocks
        places = [Place.of(student, address, predict) for address, predict in sites(student, bench.module)]
        done, good, size = 0, 0, BATCH
        while batch := rows[done : done + size]:
            try:
                if bench.left() < needed(teacher, batch, bench) + kept * bench.run_calls(student):
                    raise OutOfBudget
                results = teacher.results(batch, bench)
            except OutOfBudget:
                size = len(batch) // 2
                continue
            done += len(batch)
            for row, result in zip(batch, results, strict=True):
                if went_well(result, self.threshold):
                    good += 1
                    yield from chats_of(student, [one for one in places if one is not None], shape, row, result)
        if done < len(rows):
            bench.listen("skip", reason=f"the budget pays for runs of the teacher on {done} of {len(rows)} rows")
        elif not good:
            bench.listen("skip", reason="no run of the teacher reached the threshold")

    def lessons(self, program: Program, bench: Bench, rows: Sequence[ChatRow]) -> Iterator[Chats]:
        """The rows for each model that is to be trained."""
        named = {lm.name for lm in program.lms}
        for base, addresses in self.models(program, bench.module):
            own = [row for row in rows if row.site in addresses]
            name = f"{base.name}_tuned" if self.multitask else f"{base.name}_{addresses[0].replace('.', '_')}"
            while name in named:
                name += "_"
            named.add(name)
            train, valid, dropped = divided(own, self.valid, bench.seed)
            yield Chats(name, base, addresses, tuple(train), tuple(valid), dropped, bench.seed, self.epochs)

    def models(self, program: Program, module: str) -> list[tuple[LMDecl, tuple[str, ...]]]:
        """The LMs that are to be trained, each with the call sites that it is to answer."""
        found: list[tuple[LMDecl, str]] = []
        for address, predict in sites(program, module):
            lm = lm_of(program, address.rpartition(".")[0], predict)
            if lm is not None:
                found.append((lm, address))
        if not self.multitask:
            return [(lm, (address,)) for lm, address in found]
        bases = {lm.name: lm for lm, _ in found}
        return [(lm, tuple(address for one, address in found if one.name == name)) for name, lm in bases.items()]

    def trained(self, chats: Chats, bench: Bench, training: Training) -> LMDecl | None:
        """The model that learned the rows; None where it is not to, or cannot."""
        if not chats.train:
            return None
        training.write(chats)
        many = f"{len(chats.train)} rows for `{chats.base.name}` were written"
        if self.export_only:
            bench.listen("skip", reason=f"{many}, to be trained on elsewhere")
            return None
        if len(chats.train) < LEAST_ROWS:
            bench.listen("skip", reason=f"{many}, fewer than the {LEAST_ROWS} that training takes")
            return None
        model = training.train(chats)
        if model is None:
            bench.listen("skip", reason=f"{many}, and nobody trains `{chats.base.reference}`")
        return model


@dataclass(frozen=True, slots=True)
class Place:
    """A call site to train for: its address, the LM that answers it as yet, and its template."""

    address: str
    predict: Predict
    lm: LMDecl
    template: Template

    @classmethod
    def of(cls, program: Program, address: str, predict: Predict) -> Place | None:
        """The place of a call site; None where no LM answers it."""
        module, lm = address.rpartition(".")[0], None
        lm = lm_of(program, module, predict)
        if lm is None:
            return None
        return cls(address, predict, lm, compile_prompt(program, module, predict, lm, named_types(program)))

    def row(self, program: Program, demo: Demo) -> ChatRow | None:
        """What a demonstration is to train on; None where it lacks an output that a reply has."""
        outputs = dict(demo.outputs)
        names = [one.name for one in outputs_of(program.signature(self.predict.signature), strategy_of(self.predict))]
        if any(name not in outputs for name in names):
            return None
        reply = reply_of(program, self.predict, self.lm, named_types(program), outputs)
        return self.chat(dict(demo.inputs), {"role": "assistant", "content": reply}, demo.origin or "")

    def called(self, call: Call, origin: str) -> ChatRow | None:
        """What a call with tools in the provider's own form is to train on: what its own LM replied. None where that is
        of another call site, and where the LM was asked again."""
        if call.address != self.address or len(call.replies) != 1:
            return None
        reply = call.replies[0]
        calls = [
            {"id": f"call_{number}", "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
            for number, one in enumerate(reply.tool_calls)
        ]
        message = {"role": "assistant", "content": reply.text, **({"tool_calls": calls} if calls else {})}
        return self.chat(call.inputs, message, origin)

    def chat(self, inputs: Mapping[str, Any], reply: Mapping[str, Any], origin: str) -> ChatRow:
        """The prompt of these inputs with a reply."""
        request = first_request(self.template, 0, dict(inputs))
        tools = tuple(self.template["options"].get("tools", ()))
        return ChatRow(self.address, origin, tuple(request["messages"]), reply, tools)


def chats_of(
    program: Program, places: Sequence[Place], shape: Projection, row: Row, result: Scored
) -> Iterator[ChatRow]:
    """What a good run of the teacher gives to train on: every call of it that counts, and where the teacher is of
    another shape what can be put together of them."""
    assert result.outcome is not None
    found = matched(program, [(one.address, one.predict) for one in places], result.outcome.calls)
    for place in places:
        made: list[ChatRow | None] = []
        if "tools" in place.template["options"]:
            made = [place.called(call, row.id) for call in found.get(place.address, ())]
        elif place.address in found:
            demos = [ordered(program, place.predict, traced_demo(one, row, False)) for one in found[place.address]]
            made = [place.row(program, demo) for demo in demos]
        elif shape.apart and (demo := shape.demo(place.address, place.predict, row, result, None)) is not None:
            made = [place.row(program, demo)]
        yield from (one for one in made if one is not None)


def went_well(result: Scored, threshold: float) -> bool:
    """Whether a run is an example: a good score, no error, and no soft assertion that never held."""
    outcome = result.outcome
    return result.score >= threshold and outcome is not None and outcome.error is None and not outcome.notes


def needed(teacher: Teacher, batch: Sequence[Row], bench: Bench) -> int:
    """The calls that the teacher takes for a batch, what is known not counted."""
    known = bench.known(teacher.program) if teacher.module == bench.module else {}
    fresh = [row for row in batch if row.id not in known or known[row.id].outcome is None]
    return len(fresh) * bench.run_calls(teacher.program, teacher.module)


def asking(program: Program, module: str, model: LMDecl, addresses: Sequence[str]) -> Program:
    """The program whose calls at these places ask a model that it did not have before, and no other may be chosen."""

    def change(owner: str, predict: Predict) -> Settings:
        if f"{owner}.{predict.site}" not in addresses:
            return predict.settings
        tunes = tuple(one for one in predict.settings.tunes if one[0] != "lm")
        return replace(predict.settings, lm=model.name, tunes=tunes)

    return with_settings(replace(program, lms=(*program.lms, model)), module, change)


def with_settings(program: Program, module: str, change: Callable[[str, Predict], Settings]) -> Program:
    """The program with other settings of the calls that a module reaches, given the name of their own module."""

    def changed_call(owner: str, expr: Expr) -> Expr:
        if not isinstance(expr, Predict):
            return expr
        settings = change(owner, expr)
        return expr if settings == expr.settings else replace(expr, settings=settings)

    names = reachable(program, module)
    modules = tuple(
        replace(one, body=transform_body(one.body, partial(changed_call, one.name))) if one.name in names else one
        for one in program.modules
    )
    return replace(program, modules=modules)
