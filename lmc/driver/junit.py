"""Results of tests as JUnit XML, the form that continuous integration reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from lmc.driver.testing import Result

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def junit(files: Sequence[tuple[str, Sequence[tuple[Result, str]]]]) -> bytes:
    """The results by file, each with what was printed of it (nothing, where the case holds): a suite for each file, a
    case for each case."""
    root = ElementTree.Element("testsuites", name="lmc")
    for file, results in files:
        failed = sum(one.problem is not None and not one.outside for one, _ in results)
        errors = sum(one.outside for one, _ in results)
        counts = {"name": file, "tests": str(len(results)), "failures": str(failed), "errors": str(errors)}
        suite = ElementTree.SubElement(root, "testsuite", counts)
        for one, text in results:
            name = f"{one.test.name} [{one.number}] {one.call}"
            case = ElementTree.SubElement(suite, "testcase", classname=file, name=clean(name))
            if one.problem is not None:
                kind = "error" if one.outside else "failure"
                said = ElementTree.SubElement(case, kind, type=one.problem.code, message=clean(one.problem.message))
                said.text = clean(text)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
