"""Which texts a GBNF grammar takes, as llama.cpp reads it (grammars/README.md there). For tests: it is slow."""

from __future__ import annotations

from typing import Any


class Grammar:
    """A grammar, parsed. Raises ValueError where llama.cpp would refuse it."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, Any] = {}
        for line in text.splitlines():
            name, mark, body = line.partition(" ::= ")
            if not mark:
                raise ValueError(f"not a rule: {line}")
            self.text, self.place = body, 0
            self.rules[name] = self._alternatives()
            if self.place != len(body):
                raise ValueError(f"left over: {body[self.place :]}")
        for name in self._names(list(self.rules.values())):
            if name not in self.rules:
                raise ValueError(f"no rule {name}")

    def takes(self, text: str) -> bool:
        """Whether the whole text is of the grammar."""
        self.text, self.known = text, {}
        return len(text) in self._ends(("name", "root"), 0)

    def _names(self, node: Any) -> set[str]:
        if isinstance(node, tuple) and len(node) == 2 and node[0] == "name":
            return {node[1]}
        if isinstance(node, (tuple, list)):
            return set().union(*(self._names(one) for one in node)) if node else set()
        return set()

    # Reading

    def _alternatives(self) -> Any:
        found = [self._sequence()]
        while self._peek() == "|":
            self.place += 1
            found.append(self._sequence())
        return ("or", tuple(found))

    def _sequence(self) -> Any:
        found = []
        while (char := self._peek()) and char not in "|)":
            found.append(self._repeated(self._atom()))
        return ("then", tuple(found))

    def _peek(self) -> str:
        while self.place < len(self.text) and self.text[self.place] == " ":
            self.place += 1
        return self.text[self.place] if self.place < len(self.text) else ""

    def _atom(self) -> Any:
        start = self.text[self.place]
        self.place += 1
        if start == '"':
            chars = []
            while self.text[self.place] != '"':
                chars.append(chr(self._char()))
            self.place += 1
            return ("text", "".join(chars))
        if start == "[":
            negated = self.text[self.place] == "^"
            self.place += negated
            ranges = []
            while self.text[self.place] != "]":
                low = high = self._char()
                if self.text[self.place] == "-" and self.text[self.place + 1] != "]":
                    self.place += 1
                    high = self._char()
                ranges.append((low, high))
            self.place += 1
            return ("class", negated, tuple(ranges))
        if start == "(":
            inner = self._alternatives()
            if self._peek() != ")":
                raise ValueError("no )")
            self.place += 1
            return inner
        end = self.place
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] == "-"):
            end += 1
        name, self.place = self.text[self.place - 1 : end], end
        if not name.isalnum():
            raise ValueError(f"not a name: {name}")
        return ("name", name)

    def _char(self) -> int:
        char = self.text[self.place]
        self.place += 1
        if char != "\\":
            return ord(char)
        kind = self.text[self.place]
        self.place += 1
        if size := {"x": 2, "u": 4, "U": 8}.get(kind):
            self.place += size
            return int(self.text[self.place - size : self.place], 16)
        return {"n": 10, "r": 13, "t": 9, "\\": 92, '"': 34, "[": 91, "]": 93}[kind]

    def _repeated(self, atom: Any) -> Any:
        if self.place == len(self.text) or self.text[self.place] not in "?*+{":
            return atom
        mark = self.text[self.place]
        self.place += 1
        if mark != "{":
            least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}[mark]
        else:
            end = self.text.index("}", self.place)
            low, comma, high = self.text[self.place : end].partition(",")
            least, most = int(low), int(high) if high else None if comma else int(low)
            self.place = end + 1
            if most is not None and most > 2000:
                raise ValueError("llama.cpp repeats nothing so often")
        return ("repeat", atom, least, most)

    # Matching

    def _ends(self, node: Any, start: int) -> frozenset[int]:
        key = (node, start)
        if key not in self.known:
            self.known[key] = frozenset(self._found(node, start))
        return self.known[key]

    def _found(self, node: Any, start: int) -> set[int]:
        match node:
            case ("name", name):
                return set(self._ends(self.rules[name], start))
            case ("text", text):
                return {start + len(text)} if self.text.startswith(text, start) else set()
            case ("class", negated, ranges):
                inside = start < len(self.text) and any(low <= ord(self.text[start]) <= high for low, high in ranges)
                return {start + 1} if start < len(self.text) and inside != negated else set()
            case ("or", parts):
                return set().union(*(self._ends(part, start) for part in parts))
            case ("then", parts):
                places = {start}
                for part in parts:
                    places = set().union(*(self._ends(part, place) for place in places)) if places else set()
                return places
            case ("repeat", atom, least, most):
                places, found, count = {start}, set(), 0
                while places and (most is None or count <= most):
                    if count >= least:
                        if places <= found:
                            break
                        found |= places
                    places = set().union(*(self._ends(atom, place) for place in places))
                    count += 1
                return found
        raise AssertionError(node)
