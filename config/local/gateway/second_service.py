"""`python -m config.local.gateway.second_service PORT`: another service of the group, which says what it is told."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from config.local.ports import HOST


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "headers": dict(self.headers.items())}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the gateway keeps the log."""


if __name__ == "__main__":
    ThreadingHTTPServer((HOST, int(sys.argv[1])), _Echo).serve_forever()
