"""Every diagnostic code and its title; `pages/` has a page for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A code (`LMP0012`) and what it stands for, in a few lowercase words."""

    code: str
    title: str


_TABLE = """
LMP0001 syntax error
LMP0002 string is not closed
LMP0003 bracket is not closed
LMP0004 bracket closes nothing
LMP0005 unknown keyword
LMP0006 unknown clause
LMP0007 unknown escape
LMP0008 chained comparison
LMP0009 stray character
LMP0010 nested too deeply
LMP0011 number is too large
LMP0012 only a name can be called
LMP0013 reserved word as a name
LMP0100 unknown name
LMP0101 name of another kind
LMP0102 declared twice
LMP0103 import cannot be read
LMP0104 imports in a circle
LMP0105 not declared in the imported file
LMP0106 never used
LMP0107 output never read
LMP0110 unknown field
LMP0111 value may be null
LMP0112 unknown argument
LMP0113 missing argument
LMP0114 too many arguments
LMP0115 given twice
LMP0116 argument has no name here
LMP0120 wrong type
LMP0121 operator does not take these types
LMP0122 values that are never equal
LMP0123 not a plain value
LMP0124 type without end
LMP0125 name is built in
LMP0126 not a regular expression
LMP0127 limits that a type cannot have
LMP0128 regular expression that may never end
LMP0130 module without a value
LMP0131 unreachable statement
LMP0132 loop without a bound
LMP0133 recursion without a bound
LMP0134 assignment to an undeclared name
LMP0135 name cannot be assigned
LMP0136 case is missing
LMP0137 case that nothing reaches
LMP0138 break outside a loop
LMP0139 rounds that depend on one another
LMP0140 unknown option
LMP0141 wrong value of an option
LMP0142 incomplete optimize block
LMP0143 unknown pass
LMP0144 wrong option of a pass
LMP0150 wrong demonstration
LMP0151 signature without inputs or outputs
LMP0160 metric is no score
LMP0161 metric ignores a side
LMP0162 wanted value leaks into the input
LMP0163 no LM declared
LMP0164 nothing to tune
LMP0165 metric is constant
LMP0166 data wants one answer alone
LMP0167 metric does not fit what it scores
LMP0170 retry changes nothing
LMP0171 depth without recursion
LMP0172 case without a condition
LMP0173 break before an assertion
LMP0190 file of an extern cannot be used
LMP0191 function is not in its file
LMP0192 function takes other parameters
LMP0193 tool cannot be called
LMP0194 teacher takes other inputs
LMP0300 data file not found
LMP0301 data file cannot be read
LMP0302 data file is not UTF-8
LMP0303 data file has no rows
LMP0304 malformed data
LMP0305 row is not an object
LMP0306 duplicate rows
LMP0307 one input in two roles
LMP0308 unknown data format
LMP0309 data file outside the project
LMP0310 split larger than the data
LMP0311 role without rows
LMP0312 unknown column
LMP0313 row without a column
LMP0314 value does not fit its type
LMP0315 parquet support is not installed
LMP0316 duplicate row ids
LMP0317 impossible split
LMP0318 no program for these rows
LMP0320 unknown field to search
LMP0321 corpus without words
LMP0322 retrieval is not installed
LMP0329 score outside 0 to 1
LMP0330 one score for all rows
LMP0331 metric is saturated
LMP0332 copy of the input scores high
LMP0333 one answer for all scores high
LMP0334 wanted values score low
LMP0335 wanted value stands in the input
LMP0336 too few rows to see a difference
LMP0337 scores change by chance
LMP0338 rows that tell nothing apart
LMP0339 rows without a score
LMP0400 prompt is not Jinja
LMP0401 not for prompts
LMP0402 unknown name in a prompt
LMP0403 unknown filter, test or tag
LMP0404 wrong type in a prompt
LMP0405 unknown field in a prompt
LMP0406 input that the prompt does not show
LMP0407 prompt file cannot be read
LMP0408 prompt that cannot be sent
LMP0410 prompt longer than the context
LMP0420 call without an LM
LMP0421 two prompts in one file
LMP0422 renamed in Python
LMP0423 source of an extern is missing
LMP0424 corpus of a retriever is missing
LMP0500 damaged lock
LMP0501 stale lock
LMP0502 not tuned
LMP0503 output is not fresh
LMP0504 lock does not fit the program
LMP0505 budget smaller than the sealed rows need
LMP0506 no such program to take
LMP0507 most runs fail
LMP0510 output would overwrite a file
LMP0511 output outside the project
LMP0540 journal in use by another build
LMP0541 damaged cache set aside
LMP0542 cache cannot be used
LMP0543 unreadable line in a journal
LMP0570 meta-prompt is no program
LMP0571 meta-prompt does not fit
LMP0572 unknown meta-prompt
LMP0573 meta-prompt is there already
LMP0575 rows wait for a person
LMP0576 label does not fit
LMP0580 no record of a tuning
LMP0581 package for an export is not installed
LMP0582 export failed
LMP0601 budget spent
LMP0602 request not in the recording
LMP0603 API key missing or refused
LMP0604 model unknown to its provider
LMP0605 request refused by the provider
LMP0606 no answer from the LM
LMP0607 answer is not a reply
LMP0608 wrong option of an LM
LMP0610 xllamacpp is not installed
LMP0611 prompt longer than the context
LMP0612 litellm is not installed
LMP0613 request that the local model cannot take
LMP0614 model file cannot be loaded
LMP0615 media for a model that reads text
LMP0616 packaged embeddings are not installed
LMP0620 model cannot be fetched
LMP0621 wrong checksum of a model
LMP0622 local model not found
LMP0623 not a GGUF file
LMP0624 not a name of a model
LMP0625 model file has changed
LMP0630 port cannot be listened on
LMP0640 fine-tuning failed
LMP0700 reply does not fit
LMP0701 expression without a value
LMP0702 assertion does not hold
LMP0703 recursion too deep
LMP0704 function outside the program failed
LMP0705 function outside the program is missing
LMP0710 retriever failed
LMP0711 not a list of passages
LMP0712 code is not allowed to run
LMP0713 file of an extern fails
LMP0714 test case fails
LMP0800 disk full
LMP0801 file cannot be written
LMP0802 file cannot be read
LMP0810 file cannot be used
LMP0811 no such program
LMP0812 program is not UTF-8
LMP0900 unknown diagnostic code
LMP0902 unknown module
LMP0903 several modules
LMP0904 wrong input
LMP0905 nothing to do
LMP0906 standard input is not UTF-8
LMP0907 unknown profile
LMP0908 unknown LM
LMP0909 unknown call
LMP0911 unknown revision
LMP0912 file is there already
LMP0913 wrong answer to a question of `lmc init`
LMP0914 no git repository
"""

CODES: dict[str, Code] = {
    code: Code(code, title) for code, _, title in (line.partition(" ") for line in _TABLE.strip().splitlines())
}
