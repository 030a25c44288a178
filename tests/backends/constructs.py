"""A program for each construct of the language, as the backends get it."""

from __future__ import annotations

from lmc.ir.program import (
    Apply,
    Assign,
    Attempt,
    Break,
    Check,
    Comprehension,
    Conditional,
    Const,
    Expr,
    Extern,
    External,
    For,
    If,
    Interpolation,
    Invoke,
    Is,
    Item,
    Let,
    ListOf,
    LMDecl,
    Member,
    Metric,
    Module,
    Name,
    Operation,
    Predict,
    Program,
    RecordOf,
    Retriever,
    Return,
    Score,
    Settings,
    Signature,
    Space,
    Stmt,
    Tool,
    Try,
    Tune,
    TypeDecl,
    While,
)
from lmc.ir.types import (
    BOOL,
    FLOAT,
    HISTORY,
    IMAGE,
    INT,
    STR,
    UNKNOWN,
    Constrained,
    Field,
    ListType,
    LiteralType,
    MapType,
    NamedType,
    RecordType,
    Type,
    optional,
    union,
)

INTENT = union(LiteralType("Play"), LiteralType("Stop"), LiteralType("Ask"))
SLOT = RecordType((Field("name", STR), Field("value", Constrained(STR, high=20))))
PASSAGE = RecordType((Field("title", STR), Field("text", STR)))
TREE = RecordType((Field("label", STR), Field("children", ListType(NamedType("Tree")))))

TYPES = (
    TypeDecl("Intent", INTENT),
    TypeDecl("Slot", SLOT),
    TypeDecl("Passage", PASSAGE),
    TypeDecl("Tree", TREE),
    TypeDecl("Stars", Constrained(INT, 1, 5), "how good it is"),
)

SIGNATURES = (
    Signature("Route", "Classify.", (Field("text", STR),), (Field("intent", NamedType("Intent")),)),
    Signature("Answer", "Answer.", (Field("question", STR),), (Field("answer", STR), Field("sure", BOOL))),
    Signature("Rate", "Rate it.", (Field("text", STR),), (Field("stars", NamedType("Stars")),)),
    Signature("Judge", "Is it right?", (Field("question", STR), Field("answer", STR)), (Field("right", BOOL),)),
    Signature("Find", "List slots.", (Field("text", STR),), (Field("slots", ListType(NamedType("Slot"))),)),
    Signature("See", "Look.", (Field("picture", IMAGE), Field("past", HISTORY)), (Field("seen", STR),)),
)

LMS = (LMDecl("small", "local/smollm2-135m"),)


def field(base: str, name: str) -> Expr:
    """A field of a variable."""
    return Member(Name(base), name)


def ask(site: str, signature: str, *, sample: Expr | None = None, strategy: str = "predict", **inputs: Expr) -> Predict:
    """A call of an LM."""
    return Predict(site, strategy, signature, tuple(inputs.items()), Settings(), sample)


def let(name: str, type_: Type, value: Expr) -> Let:
    """A variable."""
    return Let(name, type_, value)


def equal(left: Expr, value: str | int | bool | None) -> Expr:
    """A comparison with a constant."""
    return Operation("==", (left, Const(value)))


def module(name: str, returns: Type, *body: Stmt, depth: int | None = None, **params: Type) -> Module:
    """A module."""
    return Module(name, tuple(Field(*one) for one in params.items()), returns, body, depth=depth)


def program(*modules: Module, name: str = "sample", **more: object) -> Program:
    """A program of these modules."""
    return Program(name, LMS, TYPES, signatures=SIGNATURES, modules=modules, **more)  # type: ignore[arg-type]


SIMPLE = module("Simple", NamedType("Intent"), Return(Member(ask("r", "Route", text=Name("text")), "intent")), text=STR)
REPLY = module("Reply", STR, Return(Member(ask("a", "Answer", question=Name("question")), "answer")), question=STR)

COMPREHENSIONS = program(
    SIMPLE,
    module(
        "Collect",
        RecordType((Field("short", ListType(STR)), Field("intents", ListType(NamedType("Intent"))))),
        let(
            "short",
            ListType(STR),
            Comprehension(Apply("lower", (Name("t"),)), "t", Name("texts"), Operation("!=", (Name("t"), Const(""))), 3),
        ),
        let(
            "intents",
            ListType(NamedType("Intent")),
            Comprehension(Invoke("Simple", (("text", Name("t")),)), "t", Name("texts"), None, 4),
        ),
        let(
            "answers",
            ListType(STR),
            Comprehension(
                Member(ask("a", "Answer", question=Interpolation(("What of ", Name("t"), "?"))), "answer"),
                "t",
                Name("short"),
                Operation("in", (Const("a"), Name("t"))),
                3,
            ),
        ),
        let(
            "sure",
            ListType(STR),
            Comprehension(
                Name("t"),
                "t",
                Name("answers"),
                Member(ask("s", "Judge", question=Name("t"), answer=Name("t")), "right"),
                2,
            ),
        ),
        Return(RecordOf((("short", Operation("+", (Name("short"), Name("sure")))), ("intents", Name("intents"))))),
        texts=ListType(STR),
    ),
)

MEMBERSHIP = program(
    module(
        "Kind",
        STR,
        If(
            Is(Name("value"), NamedType("Intent")),
            (Return(Const("intent")),),
            (
                If(
                    Is(Name("value"), INT),
                    (Return(Const("int")),),
                    (
                        If(
                            Is(Name("value"), optional(FLOAT)),
                            (Return(Const("float or null")),),
                            (
                                If(
                                    Is(Name("value"), NamedType("Slot")),
                                    (Return(Const("slot")),),
                                    (If(Is(Name("value"), ListType(STR)), (Return(Const("texts")),), ()),),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
        Return(Const("other")),
        value=UNKNOWN,
    ),
    module(
        "Known",
        STR,
        If(Is(Name("one"), STR), (Return(Const("text")),), ()),
        If(
            Is(Name("one"), ListType(STR)),
            (Return(Const("texts")),),
            (If(Is(Name("one"), NamedType("Passage")), (Return(Const("passage")),), ()),),
        ),
        Return(
            Conditional(Is(Name("intent"), union(LiteralType("Play"), LiteralType("Stop"))), Const("act"), Const("ask"))
        ),
        one=union(STR, ListType(STR), NamedType("Passage"), INT),
        intent=NamedType("Intent"),
    ),
)

FAILURES = program(
    REPLY,
    module(
        "Careful",
        STR,
        let(
            "answer",
            STR,
            Try(Invoke("Reply", (("question", Name("question")),)), Interpolation(("none: ", Name("error")))),
        ),
        let("first", STR, Try(Item(Name("texts"), Const(0)), Const("nothing"))),
        let(
            "second",
            STR,
            Try(
                Member(ask("b", "Answer", question=Item(Name("texts"), Const(1))), "answer"),
                Member(ask("c", "Answer", question=Name("error")), "answer"),
            ),
        ),
        Return(Interpolation((Name("answer"), "/", Name("first"), "/", Name("second")))),
        question=STR,
        texts=ListType(STR),
    ),
)

SPARED = program(
    REPLY,
    module(
        "Spare",
        ListType(STR),
        let(
            "answers",
            ListType(STR),
            Comprehension(
                Try(Invoke("Reply", (("question", Name("t")),)), Interpolation((Name("t"), ": ", Name("error")))),
                "t",
                Name("texts"),
                Try(Operation("!=", (Item(Name("t"), Const(0)), Const("-"))), Const(True)),
                4,
            ),
        ),
        If(
            Try(Operation("==", (Item(Name("answers"), Const(0)), Const("a"))), Const(False)),
            (Return(ListOf((Const("first"),))),),
            (
                If(
                    Try(Operation("==", (Item(Name("answers"), Const(1)), Const("b"))), Const(False)),
                    (Return(ListOf((Const("second"),))),),
                    (),
                ),
            ),
        ),
        Return(Name("answers")),
        texts=ListType(STR),
    ),
)

TUNED = program(
    module(
        "Tuned",
        ListType(STR),
        let("k", INT, Tune("k", Space(low=1, high=8), 2)),
        let("tone", STR, Tune("tone", Space(("brief", "long")), "brief")),
        If(
            Operation("==", (Tune("shape", Space(("one", "two")), "one"), Const("two"))),
            (Return(Apply("take", (Name("texts"), Const(1)))),),
            (),
        ),
        let("cut", FLOAT, Tune("cut", Space(low=0.0, high=1), 0.5)),
        Return(
            Operation(
                "+", (Apply("take", (Name("texts"), Name("k"))), ListOf((Name("tone"), Apply("text", (Name("cut"),)))))
            )
        ),
        texts=ListType(STR),
    )
)

LOOPS = program(
    SIMPLE,
    module(
        "Search",
        ListType(STR),
        let("query", STR, Name("text")),
        let("found", ListType(STR), ListOf(())),
        While(
            Operation("!=", (Name("query"), Const("done"))),
            3,
            (
                let("r", NamedType("Answer"), ask("r", "Answer", question=Name("query"))),
                If(Member(Name("r"), "sure"), (Break(),), ()),
                Assign("found", Operation("+", (Name("found"), ListOf((field("r", "answer"),))))),
                Assign("query", field("r", "answer")),
            ),
        ),
        While(Const(True), 2, (Assign("found", Apply("reverse", (Name("found"),))),)),
        For(
            "one",
            Name("found"),
            2,
            (
                let("i", NamedType("Intent"), Invoke("Simple", (("text", Name("one")),))),
                Check(
                    Operation("!=", (Name("i"), Const("Ask"))),
                    Interpolation(("no question: ", Name("one"))),
                    0,
                    False,
                    None,
                ),
            ),
            parallel=True,
        ),
        Return(Name("found")),
        text=STR,
    ),
)

ATTEMPTS = program(
    module(
        "Sure",
        STR,
        let("tries", INT, Const(0)),
        Attempt(
            "a",
            ("Sure.a", "Sure.r"),
            ("tries",),
            (
                Assign("tries", Operation("+", (Name("tries"), Const(1)))),
                let("a", NamedType("Answer"), ask("a", "Answer", question=Name("question"))),
                Check(field("a", "sure"), Const("be sure"), 2, True, "a"),
                let("r", NamedType("Route"), ask("r", "Route", text=field("a", "answer"))),
                Check(
                    Operation("!=", (field("r", "intent"), Const("Ask"))),
                    Interpolation(
                        ("no questions: ", Item(Apply("split", (field("a", "answer"), Const(" "))), Const(0)))
                    ),
                    1,
                    False,
                    "a",
                ),
            ),
        ),
        Return(Interpolation((field("a", "answer"), " ", field("r", "intent"), " ", Name("tries")))),
        question=STR,
    ),
    module(
        "First",
        STR,
        For(
            "one",
            Name("texts"),
            3,
            (
                Attempt(
                    "x",
                    ("First.a",),
                    (),
                    (
                        let("a", NamedType("Answer"), ask("a", "Answer", question=Name("one"))),
                        If(equal(field("a", "answer"), "stop"), (Break(),), ()),
                        Check(field("a", "sure"), Const("be sure"), 1, False, "x"),
                    ),
                ),
                If(field("a", "sure"), (Return(field("a", "answer")),), ()),
            ),
        ),
        Return(Const("none")),
        texts=ListType(STR),
    ),
    module(
        "Always",
        STR,
        Attempt(
            "only",
            ("Always.a",),
            (),
            (
                let("a", NamedType("Answer"), ask("a", "Answer", question=Name("question"))),
                Check(field("a", "sure"), Const("be sure"), 1, True, "only"),
                Return(field("a", "answer")),
            ),
        ),
        question=STR,
    ),
)

DEPTH = program(
    module(
        "Solve",
        STR,
        let("a", NamedType("Answer"), ask("a", "Answer", question=Name("question"))),
        If(
            Operation("not", (field("a", "sure"),)),
            (Return(Invoke("Solve", (("question", field("a", "answer")),))),),
            (),
        ),
        Return(field("a", "answer")),
        question=STR,
        depth=2,
    )
)

VOTES = program(
    module(
        "Vote",
        STR,
        let(
            "votes",
            ListType(STR),
            Comprehension(
                Member(
                    ask("v", "Answer", sample=Name("i"), strategy="chain_of_thought", question=Name("question")),
                    "answer",
                ),
                "i",
                Apply("range", (Const(3),)),
                None,
                3,
            ),
        ),
        Return(Apply("default", (Apply("most_common", (Name("votes"),)), Const("none")))),
        question=STR,
    )
)

METRICS = (
    Metric(
        "quick",
        ("want", "got"),
        Operation("*", (Apply("contains", (Name("got"), Member(Name("want"), "question"))), Const(0.5))),
    ),
    Metric(
        "judged",
        ("want", "got"),
        RecordOf(
            (
                (
                    "score",
                    Member(
                        Invoke("Verdict", (("question", Member(Name("want"), "question")), ("answer", Name("got")))),
                        "right",
                    ),
                ),
                ("feedback", Const("look again")),
            )
        ),
    ),
)

SCORES = program(
    module(
        "Verdict",
        NamedType("Judge"),
        Return(ask("v", "Judge", question=Name("question"), answer=Name("answer"))),
        question=STR,
        answer=STR,
    ),
    REPLY,
    module(
        "Best",
        STR,
        let("best", STR, Const("")),
        let("most", FLOAT, Operation("neg", (Const(1.0),))),
        For(
            "i",
            Apply("range", (Const(3),)),
            3,
            (
                let("a", STR, Member(ask("a", "Answer", sample=Name("i"), question=Name("question")), "answer")),
                let("quick", UNKNOWN, Score("quick", RecordOf((("question", Name("question")),)), Name("a"))),
                let("s", UNKNOWN, Score("judged", RecordOf((("question", Name("question")),)), Name("a"))),
                If(
                    Operation(
                        ">",
                        (Operation("+", (Member(Name("s"), "score"), Member(Name("quick"), "score"))), Name("most")),
                    ),
                    (
                        Assign("best", Name("a")),
                        Assign("most", Operation("+", (Member(Name("s"), "score"), Member(Name("quick"), "score")))),
                    ),
                    (),
                ),
            ),
        ),
        Return(Name("best")),
        question=STR,
    ),
    metrics=METRICS,
)

EXTERNALS = program(
    module(
        "Look",
        STR,
        let("found", ListType(NamedType("Passage")), External("docs", (("query", Name("question")), ("k", Const(2))))),
        let("count", INT, External("count_words", (("text", Name("question")), ("times", Const(2))))),
        let("ran", UNKNOWN, External("run_code", (("code", Interpolation(("print(", Name("count"), ")"))),))),
        let("a", NamedType("Answer"), ask("a", "Answer", question=Apply("text", (Name("found"),)))),
        Return(Interpolation((field("a", "answer"), " ", Name("count"), " ", field("ran", "output")))),
        question=STR,
    ),
    module("Outer", STR, Return(Invoke("Look", (("question", Name("question")),))), question=STR),
    module(
        "Weather",
        STR,
        let("here", STR, External("weather", (("city", Name("city")),))),
        let("there", UNKNOWN, External("notes", (("topic", Name("city")),))),
        Return(Interpolation((Name("here"), Name("there")))),
        city=STR,
    ),
    externs=(
        Extern("count_words", "lib/words.py", (Field("text", STR), Field("times", INT)), INT, "Counts the words."),
    ),
    tools=(
        Tool("weather", "http", "GET https://example.org/{city}", (Field("city", STR),), STR, "The weather."),
        Tool(
            "notes", "mcp", "notes-server --fast", (Field("topic", STR),), RecordType(()), options=(("tool", "find"),)
        ),
    ),
    retrievers=(Retriever("docs", NamedType("Passage"), "bm25", "data/docs.jsonl", ("text",)),),
)

TURNS = program(
    module(
        "Write",
        ListType(STR),
        let("one", STR, External("note", (("text", Const("one")),))),
        let("two", STR, External("note", (("text", Const("two")),))),
        let(
            "rest",
            ListType(STR),
            Comprehension(
                External("note", (("text", Name("t")),)), "t", Name("texts"), Operation("!=", (Name("t"), Const(""))), 3
            ),
        ),
        let(
            "kept",
            ListType(STR),
            Comprehension(
                Try(External("note", (("text", Item(Name("t"), Const(1))),)), Const("none")),
                "t",
                Name("texts"),
                None,
                3,
            ),
        ),
        For("t", Name("texts"), 2, (let("n", STR, External("note", (("text", Name("t")),))),), parallel=True),
        Return(Operation("+", (ListOf((Name("one"), Name("two"))), Operation("+", (Name("rest"), Name("kept")))))),
        texts=ListType(STR),
    ),
    tools=(Tool("note", "http", "POST http://127.0.0.1:1/notes", (Field("text", STR),), STR, "Takes a note."),),
)

KINDS = program(
    module(
        "Kinds",
        MapType(INT),
        let("seen", NamedType("See"), ask("seen", "See", picture=Name("picture"), past=Name("past"))),
        let("rated", NamedType("Rate"), ask("rated", "Rate", text=field("seen", "seen"))),
        let("counts", MapType(INT), RecordOf((("stars", field("rated", "stars")),))),
        If(equal(Item(Name("counts"), Const("stars")), 5), (Return(RecordOf((("five", Const(5)),))),), ()),
        Return(Name("counts")),
        picture=IMAGE,
        past=HISTORY,
        tree=NamedType("Tree"),
    )
)

CONSTRUCTS: dict[str, Program] = {
    "comprehensions": COMPREHENSIONS,
    "membership": MEMBERSHIP,
    "failures": FAILURES,
    "spared": SPARED,
    "tuned": TUNED,
    "loops": LOOPS,
    "attempts": ATTEMPTS,
    "depth": DEPTH,
    "votes": VOTES,
    "scores": SCORES,
    "externals": EXTERNALS,
    "turns": TURNS,
    "kinds": KINDS,
}
