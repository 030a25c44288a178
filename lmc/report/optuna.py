"""Studies in a storage of Optuna's, which `optuna-dashboard` opens: those of samplers, and for each tuning one of all
that it compared."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lmc.diagnostics import Failure
from lmc.driver.record import Record, record_digest
from lmc.ir.program import Json
from lmc.optimize.study import optuna
from lmc.optimize.trial import Axis, StudyRecord, StudyTrial
from lmc.report.changes import changes_of, summary
from lmc.report.problems import export_failed
from lmc.store import make_folder

MARK = "lmc"
"""The attribute of a study that lmc wrote: the digest of its tuning's record."""

STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}


def export_optuna(records: Sequence[Record], target: Path) -> list[str]:
    """Writes the studies of tunings to a file and gives their names: a journal of Optuna's where its name ends in
    `.log` or `.journal`, else SQLite. A study of the same name that lmc wrote before is replaced. Raises Failure
    (LMP0582)."""
    make_folder(target.resolve().parent)
    loaded = optuna()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of its storages are marked as experimental
        try:
            storage = storage_at(loaded, target)
            names = []
            for record in records:
                studies = [comparisons(record), *record.studies]
                names += [put(loaded, storage, record, study, target) for study in studies]
            storage.remove_session() if hasattr(storage, "remove_session") else None
            return names
        except Failure:
            raise
        except Exception as error:  # whatever its drivers raise
            raise Failure(export_failed(str(target), first_line(error))) from None


def storage_at(loaded: Any, target: Path) -> Any:
    """The storage in a file."""
    if target.suffix in (".log", ".journal"):
        return loaded.storages.JournalStorage(loaded.storages.journal.JournalFileBackend(str(target)))
    return loaded.storages.RDBStorage(f"sqlite:///{target.resolve().as_posix()}")


def put(loaded: Any, storage: Any, record: Record, study: StudyRecord, target: Path) -> str:
    """Puts one study into a storage; its name there."""
    profile = f" for {record.profile}" if record.profile else ""
    name = f"{record.program}/{record.module}{profile}: {study.name}"
    digest = record_digest(record)
    for one in loaded.get_all_study_summaries(storage=storage, include_best_trial=False):
        if one.study_name != name:
            continue
        if MARK not in one.user_attrs:
            raise Failure(export_failed(str(target), f"it has a study `{name}` that lmc did not write"))
        if one.user_attrs[MARK] == digest:
            return name
        loaded.delete_study(study_name=name, storage=storage)
    found = loaded.create_study(study_name=name, storage=storage, directions=list(study.directions))
    found.add_trials([frozen(loaded, study, trial) for trial in study.trials])
    found.set_user_attr(MARK, digest)  # last: what was cut off by an interruption is not taken for whole
    return name


def frozen(loaded: Any, study: StudyRecord, trial: StudyTrial) -> Any:
    """A trial as Optuna has it."""
    axes = {axis.name: axis for axis in study.axes}
    params = {name: coded(axes[name], value) for name, value in trial.params}
    return loaded.trial.create_trial(
        state=loaded.trial.TrialState[STATES[trial.state]],
        params=params,
        distributions={name: distribution(loaded, axes[name]) for name in params},
        values=list(trial.values) if trial.state == "complete" else None,
        intermediate_values=dict(trial.intermediate),
        user_attrs=dict(trial.attributes),
    )


def distribution(loaded: Any, axis: Axis) -> Any:
    """An axis as Optuna has it, its choices to be read by people."""
    kinds = loaded.distributions
    if axis.choices is not None:
        return kinds.CategoricalDistribution([coded(axis, one) for one in axis.choices])
    whole = isinstance(axis.low, int) and isinstance(axis.high, int)
    kind = kinds.IntDistribution if whole else kinds.FloatDistribution
    return kind(axis.low, axis.high, log=axis.log, step=axis.step or (1 if whole else None))


def coded(axis: Axis, value: Json) -> Any:
    """A value as Optuna has it: of choices that are neither numbers nor texts their JSON."""
    plain = axis.choices is None or value is None or isinstance(value, str | bool | int | float)
    return value if plain else json.dumps(value, ensure_ascii=False)


def comparisons(record: Record) -> StudyRecord:
    """All that a tuning compared, as a study: by pass, with the mean score."""
    stages = tuple(dict.fromkeys(one.stage for one in record.trials))
    trials = []
    for one in record.trials:
        candidate = record.candidates[one.candidate]
        attributes: dict[str, Json] = {
            "candidate": one.candidate,
            "changes": summary(changes_of(record.written, candidate.slots)) or "as written",
            "decision": one.decision,
            "rows": one.rows,
            "calls": one.calls,
            "origin": one.origin,
        }
        if one.against is not None:
            attributes["against"] = one.against
        params = (("pass", one.stage),)
        trials.append(StudyTrial(params, (one.score,), "complete", ((one.rows, one.score),), tuple(attributes.items())))
    return StudyRecord("comparisons", ("maximize",), (Axis("pass", stages),), tuple(trials))


def first_line(error: Exception) -> str:
    """What an exception says, in its first line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
