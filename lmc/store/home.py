"""Where lmc keeps what it can do without: models, cached replies, journals."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder below which everything is kept: the environment variable LMC_HOME, else the platform's folder for
    caches of a user. It need not exist."""
    if chosen := os.environ.get("LMC_HOME"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("lmc"))


def models_folder() -> Path:
    """The folder of the embedded models' files."""
    return home() / "models"


def cache_folder() -> Path:
    """The folder of cached replies."""
    return home() / "cache"


def journals_folder() -> Path:
    """The folder of the journals, one for each build that has not ended."""
    return home() / "journals"


def indexes_folder() -> Path:
    """The folder of the search indexes, one for each corpus and way to search it."""
    return home() / "indexes"


def tunings_folder() -> Path:
    """The folder of the records of tunings, for reports."""
    return home() / "tunings"


def finetunes_folder() -> Path:
    """The folder of the files that models are fine-tuned on, and of the jobs that did it."""
    return home() / "finetunes"
