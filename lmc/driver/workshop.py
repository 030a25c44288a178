"""Where models are trained: the files of a training, and the job that is done with them, below LMC_HOME."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lmc.driver.lms import LMs
from lmc.ir.program import LMDecl
from lmc.lm.finetune import Lesson, Trainer, trainer_of
from lmc.optimize.demonstrations.chats import Chats
from lmc.store import Journal, finetunes_folder, write_atomic

NAME = 18
"""The longest name that a provider puts into that of a tuned model."""


class Workshop:
    """The training of one tuning: a folder for each set of rows, by what it holds, so that the same rows are trained on
    once, however often the tuning is made. `lms` are those that a tuned model is added to; `listen(event, **details)`
    is told what happens; `find` finds who trains an LM."""

    def __init__(
        self,
        name: str,
        lms: LMs,
        runner: asyncio.Runner,
        listen: Callable[..., None],
        find: Callable[[LMDecl], Trainer | None] = trainer_of,
    ) -> None:
        self._name = name
        self._lms = lms
        self._runner = runner
        self._listen = listen
        self._find = find

    def write(self, chats: Chats) -> None:
        """Writes the files of a training and tells where to. Raises Failure."""
        folder = self._folder(chats)
        for name, data in chats.files().items():
            write_atomic(folder / name, data)
        words = f"{len(chats.train)} rows to train `{chats.base.name}` on, {len(chats.valid)} to validate: {folder}"
        self._listen("training", words=words, stays=True)

    def train(self, chats: Chats) -> LMDecl | None:
        """The tuned model, after its training was begun or gone on with; None when nobody trains this one. Raises
        LMError when the training fails, and Failure when it cannot be written down."""
        trainer = self._find(chats.base)
        if trainer is None:
            return None
        files = chats.files()
        lesson = Lesson(
            files["train.jsonl"],
            files.get("valid.jsonl", b""),
            self._name.replace("_", "-")[:NAME].rstrip("-"),
            chats.seed,
            chats.epochs or None,
        )
        with Journal(self._folder(chats) / "job.jsonl") as journal:
            reference = self._runner.run(trainer.train(lesson, journal, self._told))
        tuned = replace(chats.base, name=chats.name, reference=reference, span=None)
        self._lms.add(tuned)
        self._listen("training", words=f"`{tuned.name}` is `{reference}`", stays=True)
        return tuned

    def _told(self, words: str) -> None:
        self._listen("training", words=words, stays=False)

    def _folder(self, chats: Chats) -> Path:
        return finetunes_folder() / f"{self._name}-{chats.digest[:32]}"
