"""An HTTP server that answers as Rasa does, as a process: `python -m tests.intents.fake_rasa PORT MODEL`.

Like Rasa it ends with code 0 when its port is taken.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def answer(intent: str = "greet", confidence: float = 0.9) -> dict[str, object]:
    """Return an answer of `/model/parse`."""
    ranking = [{"name": intent, "confidence": confidence}, {"name": "deny", "confidence": 0.05}]
    entity = {"entity": "commune", "value": "Phường Gò Vấp", "start": 3, "end": 16, "extractor": "x"}
    return {"text": "…", "intent": ranking[0], "intent_ranking": ranking, "entities": [entity]}


class Handler(BaseHTTPRequestHandler):
    model = ""

    def do_GET(self) -> None:
        self._reply({"model_file": self.model})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(answer())

    def log_message(self, *_arguments: object) -> None:
        pass

    def _reply(self, body: object) -> None:
        raw = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


def main() -> None:
    Handler.model = sys.argv[2]
    try:
        server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(0)
    server.serve_forever()


if __name__ == "__main__":
    main()
