"""What lmc tells its user: diagnostics, their codes and pages, and the forms they are printed in."""

from lmc.diagnostics.codes import CODES, Code
from lmc.diagnostics.diagnostic import Diagnostic, Failure, Fix, Label, Severity, Sink, did_you_mean
from lmc.diagnostics.fix import after, before, removal
from lmc.diagnostics.pages import page
from lmc.diagnostics.render import FORMS, Form, render

__all__ = [
    "CODES",
    "FORMS",
    "Code",
    "Diagnostic",
    "Failure",
    "Fix",
    "Form",
    "Label",
    "Severity",
    "Sink",
    "after",
    "before",
    "did_you_mean",
    "page",
    "removal",
    "render",
]
