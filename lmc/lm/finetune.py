"""Fine-tuning: rows go in, the reference of a model that learned them comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from traceback import clear_frames
from typing import Any, Protocol

from lmc.ir.program import LMDecl
from lmc.lm.base import LMError
from lmc.lm.problems import tuning_failed
from lmc.lm.remote import RemoteLM, _litellm
from lmc.store import Journal

PROVIDERS = ("openai", "azure")
"""The providers whose fine-tuning is asked for in OpenAI's protocol."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two looks at a job."""

TRIES = 5
"""How often a request is made that fails for a reason that passes."""

Told = Callable[[str], None]
"""Is told in words how far a job is."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learned: JSONL of chats (`{"messages": […]}`) to train on, and others to validate with (empty:
    none); `epochs` is how often each row is gone through (None: as the provider has it), `name` a few characters that
    stand in the model's name."""

    train: bytes
    valid: bytes
    name: str
    seed: int = 0
    epochs: int | None = None


class Trainer(Protocol):
    """Whoever makes a model learn. What was done is in the journal when it is done, so that training that was
    interrupted goes on, and training that has ended is not begun again."""

    async def train(self, lesson: Lesson, journal: Journal, told: Told) -> str:
        """The reference (`provider/model`) of the tuned model. Raises LMError when there will be none, and Failure when
        the journal cannot be written."""
        ...


def trainer_of(declaration: LMDecl) -> Trainer | None:
    """Who trains a declared LM; None where nobody does. Raises LMError for a wrong declaration or a missing key."""
    provider = declaration.reference.partition("/")[0]
    if provider in PROVIDERS or (declaration.option("base_url") is not None and provider != "local"):
        trainer = ProviderTrainer(declaration)
        return trainer if trainer.provider in PROVIDERS else None
    return None


class ProviderTrainer:
    """Trains a model by its provider's fine-tuning API (OpenAI's: files, then a job), through litellm. `sleep` takes
    seconds. Raises LMError: LMP0640 for a job that failed, else as RemoteLM does; an error that passes is met with
    `TRIES` tries."""

    def __init__(self, declaration: LMDecl, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._declaration = declaration
        self._remote = RemoteLM(declaration.reference, dict(declaration.options))
        self._sleep = sleep
        self.provider = self._remote.provider

    async def train(self, lesson: Lesson, journal: Journal, told: Told) -> str:
        """The reference of the tuned model, after what the journal says was not done yet: the files are uploaded, a job
        is begun, and looked at until it ends."""
        done = Done(journal)
        if done.model is None:
            for role, data in (("train", lesson.train), ("valid", lesson.valid)):
                if data and role not in done.files:
                    told(f"uploading {role} rows, {len(data) / 1000:.0f} kB")
                    done.note(event="file", role=role, id=await self._upload(role, data))
            if done.job is None:
                done.note(event="job", id=await self._begun(lesson, done))
            done.note(event="model", name=await self._ended(str(done.job), done, told))
        return f"{self._declaration.reference.partition('/')[0]}/{done.model}"

    async def _upload(self, role: str, data: bytes) -> str:
        """The provider's name for a file."""
        file = await self._patiently("create_file", file=(f"{role}.jsonl", data), purpose="fine-tune")
        return str(file.id)

    async def _begun(self, lesson: Lesson, done: Done) -> str:
        """The provider's name for a job with the uploaded files. One that was asked for before, its answer lost, is
        found among those that there are: nothing is paid twice."""
        more: dict[str, Any] = {"validation_file": done.files["valid"]} if "valid" in done.files else {}
        more |= {} if lesson.epochs is None else {"hyperparameters": {"n_epochs": lesson.epochs}}
        for attempt in range(1, TRIES + 1):
            try:
                if done.asked:
                    listed = await self._patiently("list_fine_tuning_jobs", limit=100)
                    found = [one.id for one in listed.data if one.training_file == done.files["train"]]
                    if found:
                        return str(found[0])
                else:
                    done.note(event="asked")
                job = await self._ask(
                    "create_fine_tuning_job",
                    model=self._remote.model,
                    training_file=done.files["train"],
                    suffix=lesson.name,
                    seed=lesson.seed,
                    **more,
                )
                return str(job.id)
            except LMError as error:
                if not error.transient or attempt == TRIES:
                    raise
                await self._sleep(max(error.after, FIRST_PAUSE * 2**attempt))
        raise AssertionError("at least one try is made")

    async def _ended(self, job: str, done: Done, told: Told) -> str:
        """The name of the model that a job comes to."""
        pause = FIRST_PAUSE
        while True:
            found = await self._patiently("retrieve_fine_tuning_job", fine_tuning_job_id=job)
            match str(found.status):
                case "succeeded" if found.fine_tuned_model:
                    return str(found.fine_tuned_model)
                case "succeeded" | "failed" | "cancelled" as status:
                    said = self._remote.scrubbed(str(getattr(found.error, "message", None) or ""))
                    done.note(event="failed", status=status)
                    raise LMError(tuning_failed(self._declaration.reference, job, status, said))
                case status:
                    told(f"job {job} is {status.replace('_', ' ')}")
            await self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def _patiently(self, function: str, **asked: Any) -> Any:
        """The answer to a request that may be made again."""
        for attempt in range(1, TRIES):
            try:
                return await self._ask(function, **asked)
            except LMError as error:
                if not error.transient:
                    raise
                await self._sleep(max(error.after, FIRST_PAUSE * 2**attempt))
        return await self._ask(function, **asked)

    async def _ask(self, function: str, **asked: Any) -> Any:
        """The answer of a function of litellm, in a thread: its asynchronous ones leave connections open."""

        def ask() -> Any:
            try:
                call = getattr(_litellm(), function)
                return call(custom_llm_provider=self.provider, **self._remote.access(), **asked)
            except Exception as error:
                failed = self._remote.failure(error)
                clear_frames(error.__traceback__)  # they hold a client, which closes its connections when it goes
            raise failed

        return await asyncio.to_thread(ask)


class Done:
    """What a journal says was done: the provider's names of the uploaded files by role, whether a job was asked for,
    its name, and that of its model. A job that failed counts for nothing, with all that led to it."""

    files: dict[str, str]
    asked: bool
    job: str | None
    model: str | None

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._forget()
        for event in journal.events:
            self._take(event)

    def note(self, **event: Any) -> None:
        """Writes an event down, then takes it for done."""
        self._journal.append(event)
        self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        match event:
            case {"event": "file", "role": str(role), "id": str(name)}:
                self.files[role] = name
            case {"event": "asked"}:
                self.asked = True
            case {"event": "job", "id": str(name)}:
                self.job = name
            case {"event": "model", "name": str(name)}:
                self.model = name
            case {"event": "failed"}:
                self._forget()

    def _forget(self) -> None:
        self.files, self.asked, self.job, self.model = {}, False, None, None
