"""A provider on loopback that speaks OpenAI's API of files and fine-tuning jobs, and really learns: a tuned model
replies to a prompt with the reply of the training rows whose last question has most words in common with its own."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Row = dict[str, Any]

LEAST_ROWS = 10


class TuningProvider:
    """The server, at `url`. `untaught` is what a model that nobody tuned replies to a chat. A job has ended when it was
    looked at `looks` times, and then `outcome` says how. `files`, `jobs` and `models` are what it keeps, `seen` the
    requests by method and path; the first requests to a path of `broken` are answered with the status that it has."""

    def __init__(self, untaught: Callable[[list[Body]], str], looks: int = 1) -> None:
        self.untaught = untaught
        self.looks = looks
        self.outcome = "succeeded"
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, Body] = {}
        self.models: dict[str, list[Row]] = {}
        self.seen: list[tuple[str, str]] = []
        self.keys: set[str | None] = set()
        self.broken: list[tuple[str, int]] = []
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), Handler)
        self._http.provider = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def count(self, method: str, path: str) -> int:
        """How many requests came to a path."""
        return self.seen.count((method, path))

    def answer(self, method: str, path: str, kind: str, data: bytes) -> tuple[int, Body]:
        """Status and body of the answer to a request."""
        with self._lock:
            self.seen.append((method, path))
            for place, (broken, status) in enumerate(self.broken):
                if broken == f"{method} {path}":
                    del self.broken[place]
                    return status, {"error": {"message": f"no: {status}", "type": "error"}}
            match method, path.split("/"):
                case "POST", ["", "files"]:
                    return self.upload(kind, data)
                case "POST", ["", "fine_tuning", "jobs"]:
                    return self.begin(json.loads(data))
                case "GET", ["", "fine_tuning", "jobs"]:
                    found = [self.shown(one) for one in self.jobs.values()]
                    return 200, {"object": "list", "data": found, "has_more": False}
                case "GET", ["", "fine_tuning", "jobs", name] if name in self.jobs:
                    return 200, self.look(self.jobs[name])
                case "POST", ["", "chat", "completions"]:
                    return self.chat(json.loads(data))
        return 404, {"error": {"message": f"nothing at {path}", "type": "error"}}

    def upload(self, kind: str, data: bytes) -> tuple[int, Body]:
        whole = BytesParser().parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + data)
        parts = {part.get_param("name", header="content-disposition"): part for part in whole.get_payload()}  # type: ignore[union-attr]
        assert parts["purpose"].get_payload() == "fine-tune"  # type: ignore[union-attr]
        name = f"file-{len(self.files) + 1}"
        self.files[name] = parts["file"].get_payload(decode=True)  # type: ignore[union-attr,assignment]
        file = {"id": name, "object": "file", "bytes": len(self.files[name]), "created_at": 1}
        return 200, {**file, "filename": "rows.jsonl", "purpose": "fine-tune", "status": "processed"}

    def begin(self, asked: Body) -> tuple[int, Body]:
        rows = self.files[asked["training_file"]].splitlines()
        if len(rows) < LEAST_ROWS:
            return 400, {"error": {"message": f"{len(rows)} examples are too few", "type": "invalid_request_error"}}
        name = f"ftjob-{len(self.jobs) + 1}"
        self.jobs[name] = {**asked, "id": name, "left": self.looks}
        return 200, self.shown(self.jobs[name])

    def look(self, job: Body) -> Body:
        job["left"] -= 1
        if job["left"] <= 0 and self.outcome == "succeeded":
            job["fine_tuned_model"] = f"ft:{job['model']}:lmc::{job['id']}"
            lines = self.files[job["training_file"]].decode().splitlines()
            self.models[job["fine_tuned_model"]] = [json.loads(line) for line in lines]
        return self.shown(job)

    def shown(self, job: Body) -> Body:
        """A job as the API shows it."""
        status = "running" if job["left"] > 0 else self.outcome
        error = {"code": "x", "message": "the rows are no good", "param": None} if status == "failed" else None
        return {
            "id": job["id"], "object": "fine_tuning.job", "model": job["model"], "created_at": 1, "status": status,
            "training_file": job["training_file"], "validation_file": job.get("validation_file"),
            "fine_tuned_model": job.get("fine_tuned_model"), "finished_at": None, "organization_id": "org",
            "result_files": [], "seed": job.get("seed") or 0, "trained_tokens": 10, "error": error,
            "hyperparameters": {"n_epochs": "auto"},
        }  # fmt: skip

    def chat(self, asked: Body) -> tuple[int, Body]:
        model = asked["model"]
        if model.startswith("ft:") and model not in self.models:
            return 404, {"error": {"message": f"no model {model}", "type": "invalid_request_error"}}
        text = (
            learned(self.models[model], asked["messages"]) if model in self.models else self.untaught(asked["messages"])
        )
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        found = {"id": "1", "object": "chat.completion", "created": 1, "model": model}
        return 200, {**found, "choices": [choice], "usage": usage}


def learned(rows: list[Row], messages: list[Body]) -> str:
    """The last reply of the row that is most like a prompt: in its words before the question, then in those of it."""

    def likeness(row: Row) -> tuple[bool, int]:
        *before, asked, _ = row["messages"]
        same = [one["content"] for one in before] == [one["content"] for one in messages[:-1]]
        return same, len(words(asked["content"]) & words(messages[-1]["content"]))

    return str(max(rows, key=likeness)["messages"][-1]["content"])


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]+", text.casefold()))


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    provider: TuningProvider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Http

    def do_POST(self) -> None:
        self.serve("POST", self.rfile.read(int(self.headers["content-length"])))

    def do_GET(self) -> None:
        self.serve("GET", b"")

    def serve(self, method: str, data: bytes) -> None:
        provider = self.server.provider
        provider.keys.add(self.headers.get("authorization"))
        path = self.path.partition("?")[0].removeprefix("/v1")
        status, body = provider.answer(method, path, self.headers.get("content-type", ""), data)
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
