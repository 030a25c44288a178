"""Strategies that make one call several times. `vote` is self-consistency (Wang et al. 2022), `refine` self-refinement
(Madaan et al. 2023), `compare` the multi-chain comparison of DSPy (after Yoran et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lmc.elaborate import problems
from lmc.elaborate.strategy import JUDGED, WARM, Names, Strategy, texts
from lmc.ir import program as ir
from lmc.ir.types import FLOAT, INT, STR, Field, ListType, Type
from lmc.syntax import ast


def sampled(names: Names, node: ast.SampledExpr, predict: ir.Predict, reply: Type, metric: str) -> ir.Module:
    """The module of `vote`, `best_of`, `refine` or `compare`."""
    count = node.count
    first: tuple[ir.Stmt, ...] = ()
    if isinstance(count, ast.TuneRange):
        low, most = count.low, count.high
        if not (isinstance(low, int) and isinstance(most, int) and 1 <= low <= most):
            names.world.sink.add(problems.bad_count(node.strategy, count.span))
            low, most = 1, 1
        samples = Samples(names, predict, reply, ir.Const(0), most, metric, node.above)
        value = ir.Tune("count", ir.Space(None, low, most), count.at or low, count.span)
        first = (ir.Let(samples.w("count"), INT, value),)
        samples = replace(samples, count=samples.v("count"))
    else:
        if count < 1:
            names.world.sink.add(problems.bad_count(node.strategy, node.span))
        samples = Samples(names, predict, reply, ir.Const(count), max(count, 1), metric, node.above)
    body = {"vote": samples.vote, "best_of": samples.best_of, "refine": samples.refine, "compare": samples.compare}
    return samples.module((*first, *body[node.strategy]()))


def best_of_list(names: Names, metric: str, reply: Type, count: int, site: str) -> ir.Module:
    """The module of `ensemble by metric`: the best of several replies, whose calls the caller made."""
    score = ir.Member(ir.Score(metric, ir.RecordOf(()), ir.Name("reply")), "score")
    body = (
        ir.Let("scores", ListType(FLOAT), ir.Comprehension(score, "reply", ir.Name("replies"), None, count)),
        ir.Return(ir.Apply("best", (ir.Name("replies"), ir.Name("scores")))),
    )
    return ir.Module(names.free_name(f"{names.module}_{site}"), (Field("replies", ListType(reply)),), reply, body)


@dataclass(frozen=True, slots=True)
class Samples(Strategy):
    """How often the call is made: the value that holds, and the most it can be; by which metric a reply is chosen, and
    from which score on it is good enough."""

    count: ir.Expr
    most: int
    metric: str
    above: float | None

    def call(self) -> ir.Predict:
        """The call, as the `i`-th sample."""
        settings = self.predict.settings
        warm = settings.temperature is None and all(tuned != "temperature" for tuned, _ in settings.tunes)
        chosen = replace(settings, temperature=WARM) if warm else settings
        return replace(self.predict, arguments=self.passed, settings=chosen, sample=self.v("i"))

    def loop(self, *body: ir.Stmt) -> ir.For:
        """As often as the call is made."""
        return ir.For(self.w("i"), ir.Apply("range", (self.count,)), self.most, body)

    def each(self, value: ir.Expr) -> ir.Comprehension:
        """A list of a value for each sample."""
        return ir.Comprehension(value, self.w("i"), ir.Apply("range", (self.count,)), None, self.most)

    def judged(self) -> ir.Score:
        """What the metric says of a reply; what it wants is the record of the inputs."""
        return ir.Score(self.metric, ir.RecordOf(self.passed), self.v("reply"))

    def vote(self) -> tuple[ir.Stmt, ...]:
        """Asks until the majority is decided."""
        fields = ir.ListOf(tuple(ir.Const(one) for one in self.names.answer_fields(self.reply)))
        decided = ir.Apply("decided", (self.v("replies"), self.count, fields))
        return (
            ir.Let(self.w("replies"), ListType(self.reply), ir.ListOf(())),
            self.loop(ir.If(decided, (ir.Break(),), ()), self.added("replies", self.call())),
            ir.Return(ir.Apply("winner", (self.v("replies"), fields))),
        )

    def best_of(self) -> tuple[ir.Stmt, ...]:
        """Asks several times and takes the best reply, or the first that is good enough."""
        best = ir.Return(ir.Apply("best", (self.v("replies"), self.v("scores"))))
        score = ir.Member(self.judged(), "score")
        if self.above is None:
            scores = ir.Comprehension(score, self.w("reply"), self.v("replies"), None, self.most)
            return (
                ir.Let(self.w("replies"), ListType(self.reply), self.each(self.call())),
                ir.Let(self.w("scores"), ListType(FLOAT), scores),
                best,
            )
        top = ir.Apply("default", (ir.Apply("max", (self.v("scores"),)), ir.Const(0.0)))
        return (
            ir.Let(self.w("replies"), ListType(self.reply), ir.ListOf(())),
            ir.Let(self.w("scores"), ListType(FLOAT), ir.ListOf(())),
            self.loop(
                ir.If(ir.Operation(">=", (top, ir.Const(self.above))), (ir.Break(),), ()),
                ir.Let(self.w("reply"), self.reply, self.call()),
                self.added("replies", self.v("reply")),
                self.added("scores", score),
            ),
            best,
        )

    def refine(self) -> tuple[ir.Stmt, ...]:
        """Asks again with what the metric said of the last reply, until it is good enough; the best reply counts."""
        more = (
            Field(self.w("attempt"), STR, "an earlier reply, which is to be improved"),
            Field(self.w("advice"), STR, "what was said of it"),
        )
        again = self.derived("refined", "Improve on the earlier attempt.", more, self.outputs)
        score, feedback = ir.Member(self.v("judged"), "score"), ir.Member(self.v("judged"), "feedback")
        improved = ir.Predict(
            f"{self.predict.site}_again",
            self.predict.strategy,
            again,
            (
                *self.passed,
                (self.w("attempt"), ir.Apply("json", (self.v("reply"),))),
                (self.w("advice"), texts("Its score was ", score, ". ", feedback)),
            ),
            self.plain,
            span=self.predict.span,
        )
        good = ir.Operation(">=", (self.v("score"), ir.Const(1.0 if self.above is None else self.above)))
        better = (ir.Assign(self.w("best"), self.v("reply")), ir.Assign(self.w("score"), score))
        less = ir.Const(self.most - 1) if isinstance(self.count, ir.Const) else None
        rest = ir.Apply("range", (less or ir.Operation("-", (self.count, ir.Const(1))),))
        return (
            ir.Let(self.w("reply"), self.reply, replace(self.predict, arguments=self.passed)),
            ir.Let(self.w("judged"), JUDGED, self.judged()),
            ir.Let(self.w("best"), self.reply, self.v("reply")),
            ir.Let(self.w("score"), FLOAT, score),
            ir.For(
                self.w("i"),
                rest,
                self.most - 1,
                (
                    ir.If(good, (ir.Break(),), ()),
                    ir.Assign(self.w("reply"), improved),
                    ir.Assign(self.w("judged"), self.judged()),
                    ir.If(ir.Operation(">", (score, self.v("score"))), better, ()),
                ),
            ),
            ir.Return(self.v("best")),
        )

    def compare(self) -> tuple[ir.Stmt, ...]:
        """Asks several times with reasoning, and once more with all the attempts in sight."""
        attempts = Field(self.w("attempts"), ListType(STR), "attempts by others, each with its reasoning")
        doc = "Compare the attempts, some of which may be wrong."
        compared = self.derived("compared", doc, (attempts,), self.outputs)
        reasoned = ir.Apply("json", (replace(self.call(), strategy="chain_of_thought"),))
        final = ir.Predict(
            f"{self.predict.site}_compared",
            self.predict.strategy,
            compared,
            (*self.passed, (attempts.name, self.v("attempts"))),
            self.plain,
            span=self.predict.span,
        )
        return (ir.Let(attempts.name, ListType(STR), self.each(reasoned)), ir.Return(final))
