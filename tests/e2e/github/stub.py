#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small service on loopback for what the emulation lacks: ETags and 304, events, polling intervals, the secondary limit.

stub.py FIXTURES ISSUES: prints its port; ISSUES issues of octocat/Hello-World, one a minute. `GET /stub/state` tells counts,
`POST /stub/limit` has the next request refused by the secondary limit, `POST /stub/touch` changes the newest issue.
"""
import datetime
import hashlib
import http.server
import json
import pathlib
import sys
import urllib.parse

examples = pathlib.Path(sys.argv[1]) / "examples"
read = lambda name: json.loads((examples / (name + ".json")).read_text())
now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
text = lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ")


def issue(number, count):
    at = text(now - datetime.timedelta(minutes=1 + count - number))
    return dict(read_issue, number=number, created_at=at, updated_at=at, title="issue %d" % number)


read_issue = read("issues")[0]
issues = [issue(n, int(sys.argv[2])) for n in range(1, int(sys.argv[2]) + 1)]
events = [dict(read("events")[0], id=str(9000 - n), created_at=text(now - datetime.timedelta(minutes=n + 1))) for n in range(400)][:300]
state = {"requests": 0, "connections": 0, "bytes": 0, "unchanged": 0, "limited": 0}
limited = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.counted = False

    def answer(self, status, body, headers=()):
        data = b"" if status == 304 else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        if not self.path.startswith("/stub/"):
            state["bytes"] += len(data)

    def page(self, items, query, headers=()):
        size, number = int(query.get("per_page", 30)), int(query.get("page", 1))
        shown = items[(number - 1) * size:number * size]
        etag = 'W/"%s"' % hashlib.sha256(json.dumps(shown).encode()).hexdigest()
        headers = [("ETag", etag), *headers]
        if self.headers.get("If-None-Match") == etag:
            state["unchanged"] += 1
            return self.answer(304, None, headers)
        if number * size < len(items):
            rest = urllib.parse.urlencode(dict(query, page=number + 1))
            url = "http://%s%s?%s" % (self.headers["Host"], urllib.parse.urlsplit(self.path).path, rest)
            headers.append(("Link", '<%s>; rel="next"' % url))
        return self.answer(200, shown, headers)

    def do_POST(self):
        if self.path == "/stub/limit":
            limited.append(True)
        if self.path == "/stub/touch":
            issues[-1].update(state="closed", updated_at=text(now + datetime.timedelta(hours=1)))
        self.answer(200, {})

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/stub/state":
            body = dict(state)
            state.update(requests=0, connections=0, bytes=0, unchanged=0, limited=0)
            return self.answer(200, body)
        state["requests"] += 1
        if not self.counted:
            state["connections"] += 1
            self.counted = True
        if self.headers.get("Authorization") != "Bearer token-of-the-tests":
            return self.answer(401, {"message": "Bad credentials"})
        if limited:
            limited.pop()
            state["limited"] += 1
            return self.answer(403, {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."})
        if url.path == "/user":
            return self.answer(200, read("user"))
        if url.path == "/user/repos":
            return self.page(read("repositories"), query)
        if url.path == "/users/octocat/events":
            return self.page(events, query, [("X-Poll-Interval", "60")])
        if url.path == "/repos/octocat/Hello-World/issues":
            key, down = query.get("sort", "created") + "_at", query.get("direction", "desc") == "desc"
            found = [i for i in issues if i["updated_at"] >= query.get("since", "")]
            return self.page(sorted(found, key=lambda i: i[key], reverse=down), query)
        return self.answer(404, {"message": "Not Found"})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
