"""`lmc init`: what it makes checks, is formatted, runs its test and builds; and nothing is ever overwritten."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from tests.driver.test_build import build
from tests.e2e.conftest import Done, Inside, Shell, environment, everything

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty(tmp_path: Path) -> Inside:
    """The command line in a folder with nothing in it."""
    (tmp_path / "work").mkdir()
    return Inside(tmp_path / "work", environment(tmp_path / "home"))


def sound(lmc: Inside, file: str) -> None:
    """What holds of every project that was made."""
    for command in (["check", "--strict"], ["fmt", "--check"], ["test"]):
        done = lmc(*command, file)
        assert done.code == 0, done.out + done.err
    assert "all hold" in lmc("test", file).out


def rows(folder: Path, name: str, count: int = 24) -> Path:
    """Rows of every type, as a CSV or JSON lines file."""
    pick = random.Random(0)
    found = [
        {
            "Order No": n,
            "Customer says": f'message {n}, with a comma and a "quote"',
            "price": n / 4,
            "paid": n % 2 == 0,
            "note": None if n % 5 == 0 else n,
            "label": pick.choice(["late", "broken", "fine"]),
        }
        for n in range(count)
    ]
    path = folder / name
    if name.endswith(".csv"):
        import csv

        with open(path, "w", newline="") as file:
            table = csv.DictWriter(file, list(found[0]))
            table.writeheader()
            table.writerows(
                {k: "" if v is None else str(v).lower() if v is True or v is False else v for k, v in one.items()}
                for one in found
            )
    elif name.endswith(".parquet"):
        pyarrow = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pyarrow.Table.from_pylist(found), path)
    else:
        path.write_text("".join(json.dumps(one) + "\n" for one in found))
    return path


def test_the_defaults_make_a_project_that_is_sound(empty: Inside) -> None:
    done = empty("init", "reviews")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "wrote reviews/reviews.lmp\nwrote reviews/data/messages.jsonl\n"
        "wrote reviews/.gitignore\nwrote reviews/.gitattributes\n"
        "text → label, 60 rows: 18 train, 24 dev, 18 test\n"
        f"{FIRST}next: lmc build reviews/reviews.lmp\n"
    )
    sound(empty, "reviews/reviews.lmp")
    before = everything(empty.folder)
    again = empty("init", "reviews")
    assert (again.code, again.out) == (2, "")
    assert "error[LMP0912]: `reviews/reviews.lmp`, `reviews/data/messages.jsonl` are there already" in again.err
    assert everything(empty.folder) == before


FIRST = "the first build fetches the model (98 MB)\n"
if importlib.util.find_spec("xllamacpp") is None:
    FIRST = f"first: pip install 'lmc[local]'\n{FIRST}"


def test_it_builds_with_a_scripted_lm(empty: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_HOME", empty.env["LMC_HOME"])
    assert empty("init", "reviews").code == 0
    said = [json.loads(line) for line in (empty.folder / "reviews/data/messages.jsonl").read_text().splitlines()]
    right = {one["text"]: one["label"] for one in said}

    def reply(request: Request) -> str:
        text = request.body["prompt"] if "prompt" in request.body else request.body["messages"][-1]["content"]
        last = str(text).rsplit("Text: ", 1)[-1].split("\n")[0]
        known = right.get(last, "question")
        return known if "praise\n" in str(request.body) or len(last) % 2 else "question"

    report, *_ = build(empty.folder / "reviews/reviews.lmp", Scripted(reply))
    assert report.tuned is not None
    assert report.sealed
    assert {"reviews.lock.json", "out/python/reviews.py"} <= set(report.written)
    assert empty("build", "--frozen", "--check", "reviews/reviews.lmp").code == 0


@pytest.mark.parametrize("name", ["orders.csv", "orders.jsonl", "orders.parquet"])
def test_a_signature_is_made_of_the_columns_of_a_file(empty: Inside, name: str) -> None:
    done = empty("init", "orders", "--data", str(rows(empty.folder, name)), "--lm", "openai/gpt-4o-mini")
    assert done.code == 0, done.err
    text = (empty.folder / "orders/orders.lmp").read_text()
    assert 'type Label = "broken" | "fine" | "late"' in text
    for line in ("in order_no: int", "in customer_says: str", "in price: float", "in paid: bool", "in note: int?"):
        assert line in text
    assert 'customer_says: "Customer says"' in text
    assert "out label: Label" in text
    assert "first: export OPENAI_API_KEY=…" in done.out
    assert (empty.folder / "orders/data" / name).read_bytes() == (empty.folder / name).read_bytes()
    sound(empty, "orders/orders.lmp")


def test_a_file_in_the_folder_stays_where_it_is(empty: Inside) -> None:
    (empty.folder / "shop/rows").mkdir(parents=True)
    path = rows(empty.folder / "shop/rows", "orders.jsonl")
    before = path.read_bytes()
    args = (
        "--data",
        str(path),
        "--output",
        "paid",
        "--output",
        "label",
        "--input",
        "Customer says",
        "--name",
        "triage",
    )
    done = empty("init", "shop", *args)
    assert done.code == 0, done.err
    assert (path.read_bytes(), (empty.folder / "shop/data").exists()) == (before, False)
    assert 'data rows = "rows/orders.jsonl"' in (empty.folder / "shop/triage.lmp").read_text()
    sound(empty, "shop/triage.lmp")
    other = empty("init", "shop", "--name", "other", "--data", str(path))
    assert other.code == 0, other.err
    assert "wrote shop/.gitignore" not in other.out


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (["question"], ["answer"]),
        (["title", "body: str"], ["mood: happy | very sad", "stars: int"]),
        (["n: int"], ["even: bool"]),
        (["class"], ["for: a | b"]),
    ],
)
def test_what_is_read_and_given_can_be_said(empty: Inside, inputs: list[str], outputs: list[str]) -> None:
    args = [part for one in inputs for part in ("--input", one)] + [
        part for one in outputs for part in ("--output", one)
    ]
    done = empty("init", "p", *args)
    assert done.code == 0, done.err
    sound(empty, "p/p.lmp")


MISTAKES: dict[str, tuple[list[str], int, str]] = {
    "no such file": (["--data", "x.csv"], 3, "error[LMP0802]"),
    "no column": (["--data", "orders.jsonl", "--output", "lable"], 2, "did you mean `label`?"),
    "no model": (["--lm", "gpt"], 2, "error[LMP0913]: `gpt` is no model"),
    "no local model": (["--lm", "local/smollm2-135"], 2, "did you mean `local/smollm2-135m`?"),
    "no type": (["--output", "n: integer"], 2, "error[LMP0913]"),
    "no name": (["--name", "…"], 2, "error[LMP0913]"),
    "few rows": (["--data", "few.jsonl"], 1, "error[LMP0318]: `few.jsonl` has 2 rows"),
    "no rows": (["--data", "empty.jsonl"], 1, "error[LMP0303]"),
    "broken": (["--data", "broken.jsonl"], 1, "error[LMP0304]"),
    "mixed": (["--data", "mixed.jsonl"], 1, "error[LMP0318]: column `b` has values of several types"),
    "one column": (["--data", "one.jsonl"], 1, "error[LMP0318]: the rows leave no column for an output"),
    "repeated": (["--data", "twice.jsonl"], 1, "error[LMP0306]"),
    "unknown format": (["--data", "rows.xlsx"], 1, "error[LMP0308]"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_and_nothing_is_written(empty: Inside, name: str) -> None:
    rows(empty.folder, "orders.jsonl")
    (empty.folder / "few.jsonl").write_text('{"a": 1, "b": 2}\n{"a": 2, "b": 3}\n')
    (empty.folder / "empty.jsonl").write_text("")
    (empty.folder / "broken.jsonl").write_text('{"a": 1\n')
    (empty.folder / "mixed.jsonl").write_text(
        "".join(f'{{"a": {n}, "b": {[n, json.dumps("x")][n % 2]}}}\n' for n in range(9))
    )
    (empty.folder / "one.jsonl").write_text("".join(f'{{"a": {n}}}\n' for n in range(9)))
    (empty.folder / "twice.jsonl").write_text('{"a": "x", "b": "y"}\n' * 9)
    (empty.folder / "rows.xlsx").write_bytes(b"PK")
    before = everything(empty.folder)
    args, code, says = MISTAKES[name]
    done = empty("init", "p", *args)
    assert (done.code, done.out) == (code, ""), done.err
    assert says in done.err
    assert everything(empty.folder) == before
    assert not (empty.folder / "p").exists()


def test_a_folder_that_cannot_be_written_is_left_as_it_was(empty: Inside) -> None:
    (empty.folder / "p").mkdir()
    (empty.folder / "p" / "data").write_text("a file where a folder should be")
    done = empty("init", "p")
    assert done.code == 3
    assert [*everything(empty.folder)] == ["p/data"]


def test_what_is_there_is_kept_and_what_it_lacks_is_said(empty: Inside) -> None:
    (empty.folder / ".gitignore").write_text("*.log\n.venv/\n")
    (empty.folder / ".pre-commit-config.yaml").write_text("repos: []\n")
    done = empty("init", ".", "--name", "p", "--pre-commit")
    assert done.code == 0
    assert ".gitignore is there already and was left as it is; add to it:\n  *.report.html\n" in done.out
    assert "      - id: lmc-frozen" in done.out
    assert (empty.folder / ".gitignore").read_text() == "*.log\n.venv/\n"
    assert (empty.folder / ".pre-commit-config.yaml").read_text() == "repos: []\n"


def test_a_person_is_asked_and_a_pipe_is_not(tmp_path: Path) -> None:
    """With a terminal for standard input, each question has a default; Ctrl-D in the middle leaves nothing behind."""
    pty = pytest.importorskip("pty")
    shell = Shell(tmp_path, environment(tmp_path / "home"))

    def typed(text: str) -> Done:
        leader, follower = pty.openpty()
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "lmc", "init", "work"]
        process = subprocess.Popen(command, cwd=tmp_path, env=shell.env, stdin=follower, stdout=pipe, stderr=pipe)
        os.close(follower)
        os.write(leader, text.encode())
        out, err = process.communicate(timeout=120)
        os.close(leader)
        return Done(process.returncode, out.decode(), err.decode())

    stopped = typed("shop\n-\n\x04")
    assert stopped.code == 130
    assert not (tmp_path / "work").exists()
    done = typed("shop\n-\nquestion\nanswer: yes | no\n\n")
    assert done.code == 0, done.err
    assert "Name of the program [work]: " in done.out
    assert "Model, as provider/model [local/smollm2-135m]: " in done.out
    assert "in question: str" in (tmp_path / "work/shop.lmp").read_text()
    assert shell("init", "piped").code == 0


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_workflow_is_one_and_its_steps_run(empty: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workflow belongs to the top of the repository; each of its steps but the installation is run as the runner
    would run it, and the last one fails when an output was edited."""
    (empty.folder / ".git").mkdir()
    done = empty("init", "apps/reviews", "--ci")
    assert done.code == 0, done.err
    path = empty.folder / ".github/workflows/lmc.yml"
    flow = yaml.safe_load(path.read_text())
    (job,) = flow["jobs"].values()
    assert flow[True].keys() == {"push", "pull_request"}  # `on` is a truth value in YAML 1.1
    assert flow["permissions"] == {"contents": "read"}
    if importlib.util.find_spec("check_jsonschema") is not None:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
        subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("LMC_HOME", empty.env["LMC_HOME"])
    build(empty.folder / "apps/reviews/reviews.lmp", Scripted(lambda request: "question"))
    bin = empty.folder.parent / "bin"
    bin.mkdir()
    (bin / "lmc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lmc "$@"\n')
    (bin / "lmc").chmod(0o755)
    env = {**empty.env, "PATH": f"{bin}:{os.environ['PATH']}"}
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert steps[0].startswith("python -m pip install lmc")

    def run(step: str) -> int:
        return subprocess.run(["bash", "-e", "-c", step], cwd=empty.folder, env=env, capture_output=True).returncode

    assert [run(step) for step in steps[1:]] == [0, 0, 0, 0]
    page = next((empty.folder / "apps/reviews/out/prompts").glob("*.md"))
    page.write_text(page.read_text() + "edited\n")
    assert run(steps[-1]) == 4
