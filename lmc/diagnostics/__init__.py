"""What lmc tells its user: diagnostics, their codes and pages, and the forms they are printed in."""

from lmc.diagnostics.codes import CODES, Code
from lmc.diagnostics.diagnostic import Diagnostic, Failure, Fix, Label, Severity, Sink, did_you_mean

__all__ = ["CODES", "Code", "Diagnostic", "Failure", "Fix", "Label", "Severity", "Sink", "did_you_mean"]
