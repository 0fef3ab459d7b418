#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The service of the fixture provider: network_server.py SECRET PORT_FILE LOG.

It knows one secret, as a bearer token or as the query parameter `key`, repeats it in links and headers as careless
services do, and writes each request as a line of JSON into LOG.
"""
import http.server
import json
import os
import sys
import urllib.parse

secret, port_file, log_path = sys.argv[1:4]


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        data = body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        given = bearer or query.get("key", [""])[0]
        with open(log_path, "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": self.command, "path": url.path, "page": query.get("page", [""])[0],
                                  "keys": len(query.get("key", [])), "right": given == secret, "body": body,
                                  "agent": self.headers.get("User-Agent"), "port": self.client_address[1]}) + "\n")
        if given == "busy":
            return self.answer(429, "later", [("Retry-After", "2")])
        if given != secret:
            return self.answer(401, "who are you, " + given)
        here = f"http://{self.headers['Host']}"
        echo = ("X-You-Sent", self.headers.get("Authorization") or self.path)
        if url.path == "/user":
            return self.answer(200, "me", [echo])
        if self.command == "GET":
            page = int(query["page"][0])
            if page == 1:
                key = f"&key={secret}" if query.get("key") else ""
                return self.answer(302, "", [("Location", f"{here}/items?page=2{key}")])
            more = [("X-Next", f"{here}/items?page={page + 1}&key={secret}")] if page < 4 else []
            return self.answer(200, json.dumps({"page": page}), [echo, *more])
        return self.answer(200, json.dumps({"method": self.command, "got": json.loads(body)}), [echo])

    do_GET = do_POST = do_PATCH = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
with open(port_file + ".new", "w", encoding="utf-8") as out:
    out.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()
