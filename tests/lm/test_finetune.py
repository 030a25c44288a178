"""Fine-tuning by a provider's API, against a server on loopback that speaks it and learns."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmc.ir.program import LMDecl
from lmc.lm import LMError, Request
from lmc.lm.finetune import TRIES, Lesson, ProviderTrainer, trainer_of
from lmc.lm.open import open_lm
from lmc.store import Journal

from .tuning_provider import TuningProvider

pytest.importorskip("litellm")

KEY = "sk-very-secret-0123456789"


def row(text: str, topic: str) -> bytes:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": topic}]
    return json.dumps({"messages": messages}).encode() + b"\n"


TRAIN = b"".join(row(f"play song {number}", "music") + row(f"rain on day {number}", "weather") for number in range(8))
LESSON = Lesson(TRAIN, row("play it", "music"), "Main", seed=3, epochs=2)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[TuningProvider]:
    monkeypatch.setenv("TEST_KEY", KEY)
    found = TuningProvider(lambda _: "no idea", looks=3)
    yield found
    found.close()
    with warnings.catch_warnings():  # litellm makes a client for each request to this API and never closes it
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def declared(provider: TuningProvider) -> LMDecl:
    return LMDecl("small", "openai/m", (("base_url", provider.url), ("key", "TEST_KEY")))


class Hasty:
    """A trainer that waits for nothing, and remembers how long it would have, and what it told."""

    def __init__(self, provider: TuningProvider) -> None:
        self.pauses: list[float] = []
        self.told: list[str] = []
        self.trainer = ProviderTrainer(declared(provider), self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def train(self, folder: Path, lesson: Lesson = LESSON) -> str:
        with Journal(folder / "job.jsonl") as journal:
            return asyncio.run(self.trainer.train(lesson, journal, self.told.append))


def ask(declaration: LMDecl, text: str) -> str:
    async def run() -> str:
        lm = open_lm(declaration)
        try:
            body = {"messages": [{"role": "user", "content": text}]}
            return (await lm(Request(declaration.reference, body))).text
        finally:
            await lm.close()

    return asyncio.run(run())


def test_rows_go_in_and_a_model_that_learned_them_comes_out(provider: TuningProvider, tmp_path: Path) -> None:
    hasty = Hasty(provider)
    tuned = hasty.train(tmp_path)
    assert tuned == "openai/ft:m:lmc::ftjob-1"
    assert list(provider.files.values()) == [LESSON.train, LESSON.valid]
    (job,) = provider.jobs.values()
    assert (job["model"], job["seed"], job["suffix"], job["hyperparameters"]) == ("m", 3, "Main", {"n_epochs": 2})
    assert (job["training_file"], job["validation_file"]) == ("file-1", "file-2")
    assert hasty.told[-1] == "job ftjob-1 is running"
    assert hasty.pauses == [1.0, 1.5]
    assert ask(declared(provider), "will it rain") == "no idea"
    assert ask(replace(declared(provider), reference=tuned), "will it rain") == "weather"
    assert provider.keys == {f"Bearer {KEY}"}


def test_what_nobody_asked_for_is_the_provider_s_choice(provider: TuningProvider, tmp_path: Path) -> None:
    Hasty(provider).train(tmp_path, Lesson(TRAIN, b"", "Main"))
    (job,) = provider.jobs.values()
    assert "validation_file" not in job
    assert not job.get("hyperparameters")


def test_what_is_done_is_not_done_again(provider: TuningProvider, tmp_path: Path) -> None:
    tuned = Hasty(provider).train(tmp_path)
    provider.seen.clear()
    assert Hasty(provider).train(tmp_path) == tuned
    assert provider.seen == []


CUTS = {
    "before the job was asked for": ("POST /fine_tuning/jobs", 400),
    "before the job was looked at": ("GET /fine_tuning/jobs/ftjob-1", 400),
    "between two files": ("POST /files", 400),
}


@pytest.mark.parametrize("name", CUTS)
def test_training_that_was_cut_off_goes_on_where_it_was(
    name: str, provider: TuningProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, status = CUTS[name]
    if path == "POST /files":
        upload = provider.upload

        def second_refused(kind: str, data: bytes) -> tuple[int, dict[str, Any]]:
            refused = len(provider.files) == 1 and provider.count("POST", "/files") == 2
            return (400, {"error": {"message": "no"}}) if refused else upload(kind, data)

        monkeypatch.setattr(provider, "upload", second_refused)
    else:
        provider.broken = [(path, status)]
    with pytest.raises(LMError):
        Hasty(provider).train(tmp_path)
    assert Hasty(provider).train(tmp_path) == "openai/ft:m:lmc::ftjob-1"
    assert list(provider.files.values()) == [LESSON.train, LESSON.valid]
    assert len(provider.jobs) == 1


def test_a_job_whose_begin_was_not_heard_of_is_found_and_not_paid_twice(
    provider: TuningProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = provider.begin

    def lost(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        begin(asked)
        monkeypatch.setattr(provider, "begin", begin)
        return 503, {"error": {"message": "the answer is lost"}}

    monkeypatch.setattr(provider, "begin", lost)
    assert Hasty(provider).train(tmp_path) == "openai/ft:m:lmc::ftjob-1"
    assert len(provider.jobs) == 1
    assert provider.count("POST", "/fine_tuning/jobs") == 1


def test_errors_that_pass_are_waited_out_and_others_are_not(provider: TuningProvider, tmp_path: Path) -> None:
    provider.broken = [("POST /files", 503), ("POST /fine_tuning/jobs", 429), ("GET /fine_tuning/jobs/ftjob-1", 500)]
    hasty = Hasty(provider)
    assert hasty.train(tmp_path / "one") == "openai/ft:m:lmc::ftjob-1"
    assert provider.broken == []
    provider.broken = [("POST /files", 503)] * TRIES
    with pytest.raises(LMError) as failed:
        hasty.train(tmp_path / "two")
    assert failed.value.diagnostic.code == "LMP0606"
    provider.broken = [("POST /files", 401)]
    before = provider.count("POST", "/files")
    with pytest.raises(LMError) as failed:
        hasty.train(tmp_path / "three")
    assert failed.value.diagnostic.code == "LMP0603"
    assert provider.count("POST", "/files") == before + 1


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_a_job_that_comes_to_nothing_is_told_and_begun_anew(
    outcome: str, provider: TuningProvider, tmp_path: Path
) -> None:
    provider.outcome = outcome
    with pytest.raises(LMError) as failed:
        Hasty(provider).train(tmp_path)
    diagnostic = failed.value.diagnostic
    assert diagnostic.code == "LMP0640"
    assert diagnostic.message == f"the fine-tuning of `openai/m` ended as `{outcome}` without a model (job `ftjob-1`)"
    assert diagnostic.notes == (("the rows are no good",) if outcome == "failed" else ())
    provider.outcome = "succeeded"
    assert Hasty(provider).train(tmp_path) == "openai/ft:m:lmc::ftjob-2"


def test_rows_that_the_provider_refuses_are_told_in_its_words(provider: TuningProvider, tmp_path: Path) -> None:
    with pytest.raises(LMError) as failed:
        Hasty(provider).train(tmp_path, Lesson(row("a", "b"), b"", "Main"))
    assert failed.value.diagnostic.code == "LMP0605"
    assert "1 examples are too few" in failed.value.diagnostic.notes[0]


def test_no_key_is_written_or_told(provider: TuningProvider, tmp_path: Path) -> None:
    hasty = Hasty(provider)
    hasty.train(tmp_path)
    assert KEY not in (tmp_path / "job.jsonl").read_text() + "".join(hasty.told)


def test_who_trains_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert isinstance(trainer_of(LMDecl("a", "openai/gpt-4o-mini-2024-07-18")), ProviderTrainer)
    assert isinstance(trainer_of(LMDecl("a", "mine/m", (("base_url", "http://127.0.0.1:1/v1"),))), ProviderTrainer)
    assert trainer_of(LMDecl("a", "local/smollm2-135m")) is None
    assert trainer_of(LMDecl("a", "anthropic/claude")) is None
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(LMError) as failed:
        trainer_of(LMDecl("a", "openai/gpt-4o-mini-2024-07-18"))
    assert failed.value.diagnostic.code == "LMP0603"
