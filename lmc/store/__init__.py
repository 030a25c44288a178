"""What outlives a run: the home folder, files written whole, journals, locks between processes."""

from lmc.store.exclusive import Exclusive
from lmc.store.files import make_folder, read_bytes, write_atomic
from lmc.store.home import (
    cache_folder,
    finetunes_folder,
    home,
    indexes_folder,
    journals_folder,
    models_folder,
    tunings_folder,
)
from lmc.store.journal import Event, Journal, read_events

__all__ = [
    "Event",
    "Exclusive",
    "Journal",
    "cache_folder",
    "finetunes_folder",
    "home",
    "indexes_folder",
    "journals_folder",
    "make_folder",
    "models_folder",
    "read_bytes",
    "read_events",
    "tunings_folder",
    "write_atomic",
]
