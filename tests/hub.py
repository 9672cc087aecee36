"""A small Hub on 127.0.0.1: what huggingface_hub asks for when it downloads a file or uploads a folder.

GET, HEAD /OWNER/NAME/resolve/REVISION/FILE      ETag, X-Repo-Commit, Content-Length, Range
POST /api/repos/create, /api/validate-yaml
POST /api/models/OWNER/NAME/preupload/main       text is committed inline, the rest as LFS
POST /OWNER/NAME.git/info/lfs/objects/batch, PUT /lfs/SHA256, POST /lfs/verify
POST /api/models/OWNER/NAME/commit/main
"""

import base64
import hashlib
import json
import re
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass(frozen=True)
class Request:
    """One line of the server's log."""

    method: str
    path: str
    range: str | None
    authorization: str | None
    status: int


class Hub:
    """The server and its contents.

    Attributes:
        commits: (repo, commit of 40 hexadecimal digits) -> {file: bytes}; a branch is no commit and is not found.
        requests: the log.
        cut_after: if set, the next whole download breaks off after this many bytes, once.
    """

    def __init__(self) -> None:
        self.commits: dict[tuple[str, str], dict[str, bytes]] = {}
        self.requests: list[Request] = []
        self.cut_after: int | None = None
        self.large: dict[str, bytes] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "Hub":
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def publish(self, repo: str, files: dict[str, bytes]) -> str:
        """Add a commit; returns its 40 hexadecimal digits."""
        content = repo + json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())})
        commit = hashlib.sha1(content.encode()).hexdigest()
        self.commits[repo, commit] = dict(files)
        return commit

    def downloads(self) -> list[Request]:
        return [request for request in self.requests if request.method == "GET"]


def _handler_of(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.connection.settimeout(5)

        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
            hub.requests.append(
                Request(self.command, self.path, self.headers["Range"], self.headers["Authorization"], status)
            )
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def json(self, value: object, status: int = 200) -> None:
            self.answer(status, {"Content-Type": "application/json"}, json.dumps(value).encode())

        def body(self) -> bytes:
            return self.rfile.read(int(self.headers["Content-Length"] or 0))

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path)
            if match is None:
                return self.answer(404)
            repo, revision, file = match.groups()
            if repo not in {name for name, _ in hub.commits}:
                return self.answer(404, {"X-Error-Code": "RepoNotFound"})
            if (repo, revision) not in hub.commits:
                return self.answer(404, {"X-Error-Code": "RevisionNotFound"})
            data = hub.commits[repo, revision].get(file)
            if data is None:
                return self.answer(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": revision})
            headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": revision}
            headers |= {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
            if self.command == "HEAD":
                return self.answer(200, {**headers, "Content-Length": str(len(data))})
            if span := self.headers["Range"]:
                start = int(re.fullmatch(r"bytes=(\d+)-", span)[1])
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
                return self.answer(206, headers, data[start:])
            if hub.cut_after is None:
                return self.answer(200, headers, data)
            cut, hub.cut_after = hub.cut_after, None
            self.answer(200, {**headers, "Content-Length": str(len(data))}, data[:cut])
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        def do_PUT(self) -> None:
            data = self.body()
            hub.large[self.path.removeprefix("/lfs/")] = data
            self.answer(200)

        def do_POST(self) -> None:
            body = self.body()
            if self.path == "/api/repos/create":
                repo = json.loads(body)
                return self.json({"url": f"{hub.endpoint}/{repo['organization']}/{repo['name']}"})
            if self.path == "/api/validate-yaml":
                return self.json({"errors": [], "warnings": []})
            if self.path == "/lfs/verify":
                ticket = json.loads(body)
                data = hub.large.get(ticket["oid"], b"")
                return self.answer(200 if hashlib.sha256(data).hexdigest() == ticket["oid"] else 422)
            if self.path.endswith("/preupload/main"):
                text = (".md", ".json")
                modes = [
                    {"path": path, "uploadMode": "regular" if path.endswith(text) else "lfs", "shouldIgnore": False}
                    for path in (file["path"] for file in json.loads(body)["files"])
                ]
                return self.json({"files": modes})
            if self.path.endswith(".git/info/lfs/objects/batch"):
                verify = {"href": f"{hub.endpoint}/lfs/verify"}
                objects = [
                    {**one, "actions": {"upload": {"href": f"{hub.endpoint}/lfs/{one['oid']}"}, "verify": verify}}
                    for one in json.loads(body)["objects"]
                ]
                return self.json({"transfer": "basic", "objects": objects})
            if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", self.path):
                files = {}
                for line in map(json.loads, body.splitlines()):
                    value = line["value"]
                    if line["key"] == "file":
                        files[value["path"]] = base64.b64decode(value["content"])
                    elif line["key"] == "lfsFile":
                        files[value["path"]] = hub.large[value["oid"]]
                commit = hub.publish(match[1], files)
                return self.json({"commitUrl": f"{hub.endpoint}/{match[1]}/commit/{commit}", "commitOid": commit})
            return self.answer(404)

    return Handler
