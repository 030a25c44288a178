"""The functions of metrics by name, as the runtime has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from lmc.execute.expression import LIBRARY
from lmc.ir.builtins import COSTS, METRICS

MetricFunction: TypeAlias = Callable[..., bool | float]

METRIC_FUNCTIONS: dict[str, MetricFunction] = {name: LIBRARY[name] for name in METRICS if name not in COSTS}
"""The functions by name; all arguments are by position. Those of the run's cost are no functions of values: see
`lmc.evaluate.metric`."""

METRIC_ARITY: dict[str, int] = {name: len(METRICS[name].params) for name in METRIC_FUNCTIONS}
"""The number of arguments of each."""
