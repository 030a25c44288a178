"""`lmc`: the command line. Every command is a file of its own, loaded when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from lmc import __version__
from lmc.cli.door import EXIT_CODES, guarded

COMMANDS: dict[str, str] = {
    "init": "make a project that builds",
    "build": "tune what is stale, write the lock and the outputs",
    "check": "find mistakes, without calling any LM",
    "watch": "check and render again whenever a program is saved",
    "fmt": "write files in the one canonical form",
    "ir": "print the program as the compiler sees it",
    "render": "print the requests that a run would send, tokens counted",
    "run": "run a module on an input",
    "test": "run the tests of programs",
    "eval": "score a program on its data",
    "diff": "show what an edit or a tuning changes in prompts, side by side",
    "report": "write what tuning found, and how, as one HTML page",
    "export": "hand what tuning compared to MLflow, OpenTelemetry or Optuna's dashboard",
    "reply": "read a reply on standard input as a value of a type",
    "plan": "say what a run and a build can take at most",
    "explain": "explain a diagnostic code",
    "lsp": "answer an editor: the language server",
    "pareto": "list programs to take for less cost or time, and take one",
    "meta": "list, show and eject the prompts by which passes ask for proposals",
    "model": "list, fetch, add and serve local models",
}
"""Each command and what it does; the command `x` is `x` (or `x_command`) in `lmc/cli/x.py`."""


class Lazy(click.Group):
    """A group whose commands are imported when they are needed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; whatever it does not guard itself is guarded here."""
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # what the terminal's encoding lacks is no reason to fail
        with guarded():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"lmc.cli.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command", None) or getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was written; a misspelt one gets a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from lmc.diagnostics import did_you_mean

            guess = did_you_mean(args[0], COMMANDS) if args else None
            if guess:
                raise click.UsageError(f"{error.message} Did you mean '{guess}'?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), words) for code, words in EXIT_CODES])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lmc")
def main() -> None:
    """The optimizing compiler for language-model programs.

    Shell completion: eval "$(_LMC_COMPLETE=bash_source lmc)" (or zsh_source, fish_source).
    """
