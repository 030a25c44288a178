"""`lmc build` with the pass `finetune`, for real but for the provider: rows out of runs that went well, a job at the
provider, a lock that declares the tuned model, and programs that ask it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.driver.conftest import chance
from tests.e2e.conftest import KEY, Inside, Shell, Warm, environment, everything
from tests.e2e.forked import Parent
from tests.lm.tuning_provider import TuningProvider

pytest.importorskip("litellm")

PROGRAM = """\
lm small = "openai/m" { base_url: "URL", key: "TEST_KEY", retries: 0 }

data requests = "requests.jsonl" { split: { train: 60, dev: 60, test: 40 }, seed: 0 }

signature Route {
  "What is the request about?"
  in text: str
  out topic: "music" | "weather" | "food"
}

module Main(text: str) -> str {
  let route = predict Route(text)
  return route.topic
}

metric accuracy(want, got) = exact(want.topic, got)

optimize Main { data requests metric accuracy lm small budget 400 calls passes finetune(valid: 0.2) }

emit prompts, python to "out"
"""
WORDS = {"music": ("song", "jazz", "hymn"), "weather": ("rain", "frost", "wind"), "food": ("pizza", "soup", "bread")}
TOPICS = {word: topic for topic, words in WORDS.items() for word in words}
ROWS = [{"text": f"{word} {n}", "topic": topic} for n in range(18) for word, topic in TOPICS.items()]


def half_right(messages: list[dict[str, Any]]) -> str:
    """Right on half of the rows, whatever they are about."""
    text = messages[-1]["content"]
    return TOPICS[text.split()[0]] if chance(text, "half") < 0.5 else "food"


@pytest.fixture
def provider() -> Iterator[TuningProvider]:
    found = TuningProvider(half_right)
    yield found
    found.close()


@pytest.fixture
def lmc(provider: TuningProvider, tmp_path: Path) -> Shell:
    """The command line in a project whose LM the provider can tune."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    (folder / "main.lmp").write_text(PROGRAM.replace("URL", provider.url))
    (folder / "requests.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return Shell(folder, environment(tmp_path / "home", TEST_KEY=KEY))


@pytest.fixture
def inside(lmc: Shell) -> Inside:
    """The same in this process."""
    return Inside(lmc.folder, lmc.env)


def lock_of(lmc: Shell) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((lmc.folder / "main.lock.json").read_bytes())["modules"]["Main"]
    return found


def training_of(lmc: Shell) -> Path:
    """The only folder of a training."""
    (found,) = (lmc.home / "finetunes").iterdir()
    return found


def test_a_program_comes_to_ask_a_model_of_its_own(inside: Inside, provider: TuningProvider) -> None:
    done = inside("build", "main.lmp")
    assert done.code == 0, done.err
    entry = lock_of(inside)
    assert [(one["name"], one["outcome"]) for one in entry["passes"]] == [("finetune", "accepted")]
    assert entry["structure"][0] == 'lm small_tuned = "openai/ft:m:lmc::ftjob-1" {'
    assert entry["tuned"]["score"] == 1.0
    assert entry["baseline"]["score"] < 0.9
    assert f"{training_of(inside)}" in done.err
    # the program that runs, and what is emitted of it, ask the tuned model
    provider.seen.clear()
    assert inside("run", "main.lmp", "-i", "text=wind over Rome").out.strip() == "weather"
    assert provider.count("POST", "/chat/completions") == 1
    assert "ft:m:lmc::ftjob-1" in (inside.folder / "out" / "python" / "main.py").read_text()
    # nothing is trained or asked again
    jobs, before = len(provider.jobs), everything(inside.folder)
    assert inside("build", "main.lmp", "--frozen").code == 0
    assert inside("build", "main.lmp", "--retune").code == 0
    assert len(provider.jobs) == jobs == 1
    assert everything(inside.folder) == before


def test_what_is_uploaded_is_what_good_runs_said_on_train_rows(inside: Inside, provider: TuningProvider) -> None:
    assert inside("build", "main.lmp").code == 0
    folder = training_of(inside)
    assert [*provider.files.values()] == [(folder / name).read_bytes() for name in ("train.jsonl", "valid.jsonl")]
    beside = [(folder / f"{name}.spans.jsonl").read_text() for name in ("train", "valid")]
    spans = [json.loads(line) for text in beside for line in text.splitlines()]
    rows = [json.loads(line) for data in provider.files.values() for line in data.splitlines()]
    assert len(rows) == len(spans) < 60
    for row, span in zip(rows, spans, strict=True):
        assert set(row) == {"messages"}
        assert [one["role"] for one in row["messages"]] == ["system", "user", "assistant"]
        text = row["messages"][1]["content"]
        assert row["messages"][2]["content"] == TOPICS[text.split()[0]]
        start, end = span["span"]
        assert "\n".join(one["content"] for one in row["messages"])[start:end] == row["messages"][2]["content"]
    held = {row["messages"][1]["content"] for row in rows}
    assert len(held) == len(rows)
    # rows of the other roles were asked of both models, and none of them was trained on
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["train"]["rows"] + summary["valid"]["rows"] == len(rows)
    assert summary["train"]["learned"] < summary["train"]["tokens"]
    record = json.loads(next((inside.home / "tunings").iterdir()).read_text())
    assert not held & {row["inputs"]["text"] for row in record["rows"]}


def test_a_build_that_is_killed_goes_on_with_the_job_that_it_began(
    lmc: Shell, parent: Parent | None, provider: TuningProvider
) -> None:
    lmc = Warm(lmc.folder, lmc.env, parent)
    provider.looks = 10**9
    for how in (signal.SIGKILL, signal.SIGINT):
        process = lmc.start("build", "main.lmp")
        looked = provider.count("GET", "/fine_tuning/jobs/ftjob-1")
        until(lambda before=looked: provider.count("GET", "/fine_tuning/jobs/ftjob-1") > before)  # type: ignore[misc]
        process.send_signal(how)
        lmc.done(process)
        assert not (lmc.folder / "main.lock.json").exists()
    asked = provider.count("POST", "/chat/completions")
    provider.jobs["ftjob-1"]["left"] = 1
    done = lmc("build", "main.lmp")
    assert done.code == 0, done.err
    assert (len(provider.jobs), len(provider.files)) == (1, 2)
    assert asked == 60
    assert lock_of(lmc)["tuned"]["score"] == 1.0


def until(held: Callable[[], bool], seconds: float = 300.0) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_job_that_fails_ends_the_build_and_says_why(inside: Inside, provider: TuningProvider) -> None:
    provider.outcome = "failed"
    done = inside("build", "main.lmp")
    assert done.code == 3
    assert "error[LMP0640]: the fine-tuning of `openai/m` ended as `failed` without a model" in done.err
    assert "the rows are no good" in done.err
    assert not (inside.folder / "main.lock.json").exists()
    assert KEY not in "".join(path.read_text() for path in training_of(inside).iterdir())


def test_files_alone_can_be_wanted(inside: Inside, provider: TuningProvider) -> None:
    source = (inside.folder / "main.lmp").read_text()
    (inside.folder / "main.lmp").write_text(source.replace("finetune(valid: 0.2)", "finetune(export_only: true)"))
    done = inside("build", "main.lmp")
    assert done.code == 0, done.err
    assert "were written, to be trained on elsewhere" in done.err
    assert not provider.files
    assert (training_of(inside) / "train.jsonl").exists()
