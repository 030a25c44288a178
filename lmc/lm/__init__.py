"""Language models: values that answer requests, and values that wrap them (each in the module of its name)."""

from lmc.lm.base import LM, BudgetExceeded, LMError, Reply, Request, ToolCall

__all__ = ["LM", "BudgetExceeded", "LMError", "Reply", "Request", "ToolCall"]
