#!/usr/bin/env python3
"""An HTTP server on loopback that answers every request with one status and an empty body.

Prints `ready`, then one JSON object for each request.
"""

import argparse
import http.server
import json


class Recorder(http.server.BaseHTTPRequestHandler):
    """Prints what is asked; the status comes from the server object."""

    def _record(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        print(json.dumps({"method": self.command, "path": self.path,
                          "body": body.decode("utf-8", "replace")}), flush=True)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _record

    def log_message(self, *_):
        """Nothing on stderr."""


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--status", type=int, default=200)
    return parser.parse_args()


def main():
    given = options()
    server = http.server.HTTPServer(("127.0.0.1", given.port), Recorder)
    server.status = given.status
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
