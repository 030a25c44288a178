"""`python -m lmc` is `lmc`."""

from lmc.cli.main import main

main(prog_name="lmc")
