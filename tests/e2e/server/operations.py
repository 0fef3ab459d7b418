# SPDX-License-Identifier: Apache-2.0
"""Every operation over HTTP; forms of answers, conditions, compression; what is refused and how."""
import csv
import gzip
import io
import json
import socket
import urllib.parse

from host import Host, check, comes_true, finish, must, prepare, repository, run, same, work

prepare("sample", "git")
repository(work / "repo", 300)
must("account", "connect", "sample", "--integration", "Sample", "--id", "one", "--set", "root=/", "--no-check")
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
host = Host()
commits = "/api/rows/:~git:repo:commits/cells"
events = "/api/rows/:~sample:one:events"

# ---- what the document lists is there
document = host.json("/openapi.json")
same("the document names the server", [{"url": host.url}], [{"url": s["url"]} for s in document["servers"]])
status, _, body = host.ask("POST", "/api/rows/:~git:repo:commits/sync", Prefer="wait=60")
same("a sync that is waited for", 200, status)
runs = json.loads(body)
check("its runs are told", all(r["status"] == "ok" for r in runs["runs"]), body)
status, _, body = host.ask("POST", events + "/sync")
check("a sync that nobody waits for is accepted", status in (200, 202), (status, body))
comes_true("the events are synced", lambda: len(host.json(events + "/cells")["cells"]) == 4)
values = {"id": {"/api/providers/{id}": "git", "/api/runs/{id}": "1"}, "key": ":~git:repo:commits", "code": "usage"}
seen = 0
for path, methods in document["paths"].items():
    if "get" not in methods or path == "/api/events":
        continue
    parts = {p["name"] for p in methods["get"].get("parameters", []) if p["in"] == "path"}
    url = path
    known = parts <= values.keys()
    for part in parts:
        value = values.get(part, "x")
        if isinstance(value, dict):
            known = known and path in value
            value = value.get(path, "1")
        url = url.replace("{" + part + "}", urllib.parse.quote(value, safe=""))
    status, headers, body = host.get(url)
    types = set(methods["get"]["responses"]["200"]["content"])
    if path == "/metrics" and status == 404:
        continue  # counted by a test of its own
    if not known:  # there is nothing of that name here, but there is the operation
        check(f"GET {path}", status == 200 or json.loads(body)["code"] != "no_such_path", (status, body[:200]))
        seen += 1
        continue
    same(f"GET {path}", 200, status)
    check(f"GET {path} answers with a type of the document", headers["content-type"].split(";")[0] in
          {t.split(";")[0] for t in types}, (headers["content-type"], types))
    head = host.ask("HEAD", url)
    same(f"HEAD {path}", (200, b""), (head[0], head[2]))
    status, headers, _ = host.ask("TRACE", url)
    same(f"TRACE {path}", True, status in (401, 404, 405))
    seen += 1
check("the document lists operations", seen > 12, seen)

# ---- one row in its forms
whole = host.json(commits)["cells"]
same("all commits", 300, len(whole))
walked, cursor = [], ""
while cursor is not None:
    page = host.json(commits + "?limit=70" + (f"&cursor={cursor}" if cursor else ""))
    walked += page["cells"]
    cursor = page["next"]
same("the same in pages", whole, walked)
same("and backwards", whole[::-1][:70], host.json(commits + "?limit=70&order=desc")["cells"])
lines = host.get(commits, Accept="application/jsonl")[2].splitlines()
same("JSON Lines are the same cells", [c["id"] for c in whole], [json.loads(l)["id"] for l in lines])
table = list(csv.DictReader(io.StringIO(host.get(commits, Accept="text/csv")[2].decode())))
same("CSV has the same cells", [c["id"] for c in whole], [r["id"] for r in table])
calendar = host.get(commits, Accept="text/calendar")[2].decode()
same("a calendar has the same cells", 300, calendar.count("BEGIN:VEVENT"))
for suffix, kind in ((".json", "application/json"), (".jsonl", "application/jsonl"), (".csv", "text/csv"),
                     (".ics", "text/calendar")):
    by_suffix = host.get(commits + suffix, Accept="text/html")
    by_accept = host.get(commits, Accept=kind)
    if suffix == ".json":  # the same document, whatever stands between its tokens
        by_suffix, by_accept = [(s, h, json.loads(b)) for s, h, b in (by_suffix, by_accept)]
    same(f"{suffix} is what Accept: {kind} gives", by_accept[2], by_suffix[2])
    same(f"{suffix} says its type", kind, by_suffix[1]["content-type"].split(";")[0])
status, headers, body = host.get(commits, Accept="image/png")
same("a form that there is not", (406, "not_acceptable"), (status, json.loads(body)["code"]))
same("a form that this operation has not", 406, host.get("/api/providers.ics")[0])
encoded = "/api/rows/" + urllib.parse.quote(":~git:repo:commits", safe="") + "/cells"
same("a key that the client escaped", whole, host.json(encoded)["cells"])

half = "/api/rows/:%7Egit%3Arepo:commits/cells"
same("a key that was escaped in part", whole, host.json(half)["cells"])
same("in other parts", whole, host.json("/api/rows/%3A~git:repo%3acommits/cells")["cells"])
safe = host.get(commits + ".csv?csv_safe=true")[2].decode()
same("CSV for spreadsheets has the same cells", len(table), len(list(csv.DictReader(io.StringIO(safe)))))

# ---- a row that is made when it is read
days = "/api/rows/:~sample:one:days/cells"
walked, cursor, pages = [], "", 0
while cursor is not None and pages < 10:
    page = host.json(days + (f"?cursor={cursor}" if cursor else ""))
    walked += page["cells"]
    cursor, pages = page["next"], pages + 1
same("ten years of days", 3653, len(walked))
same("in four pages", 4, pages)
same("each once, in order", sorted({c["id"] for c in walked}), [c["id"] for c in walked])
for suffix, count in ((".jsonl", lambda b: b.count(b"\n")), (".csv", lambda b: b.count(b"\r\n") - 1),
                      (".ics", lambda b: b.count(b"BEGIN:VEVENT"))):
    same(f"all of them as {suffix}", 3653, count(host.get(days + suffix)[2]))
same("a cursor of another row", 400, host.get(commits + f"?cursor={host.json(days)['next']}")[0])

# ---- HEAD
for path in (commits, commits + "?limit=3", days, "/api/providers", commits + ".csv", "/healthz", "/openapi.json"):
    asked, got = host.ask("HEAD", path), host.get(path)
    same(f"HEAD {path}", (got[0], got[1].get("content-length"), got[1].get("etag"), b""),
         (asked[0], asked[1].get("content-length"), asked[1].get("etag"), asked[2]))
    if "etag" in got[1]:
        same(f"HEAD {path} of what is known", 304, host.ask("HEAD", path, If_None_Match=got[1]["etag"])[0])
same("HEAD of events", (200, "text/event-stream"),
     (lambda a: (a[0], a[1]["content-type"]))(host.ask("HEAD", "/api/events")))

# ---- conditions
status, headers, body = host.get(commits + "?limit=3")
tag = headers["etag"]
status, again, nothing = host.get(commits + "?limit=3", If_None_Match=tag)
same("the same again", (304, b"", tag), (status, nothing, again["etag"]))
same("another tag", 200, host.get(commits + "?limit=3", If_None_Match='"x"')[0])
check("another range has another tag", host.get(commits + "?limit=4")[1]["etag"] != tag)
status, headers, _ = host.get(events + "/cells")
before = headers["etag"]
status, headers, body = host.ask("POST", events + "/cells", b'{"title":"made","count":9}', Content_Type="application/json")
check("a cell is written", status in (200, 201), (status, body))
status, headers, body = host.get(events + "/cells", If_None_Match=before)
check("after a write the tag is another one", status == 200 and headers["etag"] != before, (status, headers))

# ---- compression
status, headers, small = host.get(commits, Accept_Encoding="gzip, deflate")
same("a long answer is compressed for who takes it", "gzip", headers.get("content-encoding"))
status, headers, plain = host.get(commits)
check("and is the same", gzip.decompress(small) == plain)
check("caches are told", "accept-encoding" in headers.get("vary", "").lower(), headers)
for refusal in ("identity", "gzip;q=0", "br", ""):
    check(f"not for Accept-Encoding: {refusal}",
          "content-encoding" not in host.get(commits, Accept_Encoding=refusal)[1])
check("nor a short one", "content-encoding" not in host.get("/api/version", Accept_Encoding="gzip")[1])

# ---- answers that are sent while they are made
repository(work / "large", 3000)
must("account", "connect", "git", "--id", "large", "--set", f"path={work / 'large'}")
host.ask("POST", "/api/rows/:~git:large:commits/sync", Prefer="wait=120")
large = "/api/rows/:~git:large:commits/cells"
for form in (".jsonl", ".csv", ".ics", "?limit=3000"):
    status, headers, plain = host.get(large + form)
    check(f"{form} is long, and sent while it is made", len(plain) > 300_000, (len(plain), headers))
    check(f"{form} has a tag", headers.get("etag"), headers)
    status, again, small = host.get(large + form, Accept_Encoding="gzip")
    same(f"{form} is compressed", "gzip", again.get("content-encoding"))
    check(f"{form} and is the same", gzip.decompress(small) == plain)
    same(f"{form} of what is known", (304, b""), host.get(large + form, If_None_Match=headers["etag"])[::2])
    same(f"HEAD {form}", (200, headers["etag"], b""), (lambda a: (a[0], a[1]["etag"], a[2]))(host.ask("HEAD", large + form)))

# ---- writing, by the document's names
status, _, body = host.ask("PATCH", events + "/cells?id=new1", b'{"title":"changed"}', Content_Type="application/json")
check("a cell is changed", status == 200, (status, body))
check("it is", any(c["id"] == "new1" and c["data"]["title"] == "changed" for c in host.json(events + "/cells")["cells"]))
status, _, body = host.ask("PATCH", "/api/user", b'{"zone":"Europe/Berlin"}')
check("the user's zone is set", status == 200 and host.json("/api/user").get("zone") == "Europe/Berlin", (status, body))
status, _, body = host.ask("POST", "/api/accounts/connect", json.dumps(
    {"provider": "sample", "integration": "Sample", "id": "two", "set": {"root": "/"}, "no-check": True}).encode())
check("an account is connected", status == 200, (status, body))
check("it is listed", any(a["id"] == "two" for a in host.json("/api/accounts")["accounts"]))
status, _, body = host.ask("DELETE", "/api/accounts/two?provider=sample&purge=true")
check("and disconnected", status == 200, (status, body))
check("it is gone", all(a["id"] != "two" for a in host.json("/api/accounts")["accounts"]))

# ---- what is refused, and how
refusals = [
    ("GET", "/api/rows/:~git:repo:commits/cells?form=ymd-2026-01-01", None, 400, "usage", 'did you mean "from"?'),
    ("GET", "/api/rows/:~git:repo:commits/cells?from=ymd-2026-13-01", None, 400, "usage", "from"),
    ("GET", "/api/rows/:~git:repo:commits/cells?limit=x", None, 400, "usage", "is not a number"),
    ("GET", "/api/rows/:~git:repo:commits/cells?limit=1&limit=2", None, 400, "usage", "more than once"),
    ("GET", "/api/rows/:~git:repo:commits/cells?order=asc&order=asc", None, 400, "usage", "more than once"),
    ("GET", "/api/rows/:~git:repo:commits/cells?from=2026&from=2025", None, 400, "usage", "more than once"),
    ("GET", "/api/rows/:~git:repo:commits/cells?order=up", None, 400, "usage", "asc"),
    ("GET", "/api/rows/:~git:repo:commits/cells?cursor=hello", None, 400, None, ""),
    ("GET", "/api/rows/:~git:repo:commits/cells?limit=%zz", None, 400, "usage", "two hex digits"),
    ("GET", "/api/rows/%3A~git%3A%FF/cells", None, 400, "usage", "UTF-8"),
    ("GET", "/api/rows/:~git:%FF:commits/cells", None, 400, None, ""),
    ("GET", "/api/rows/:~git:%zz:commits/cells", None, 400, None, ""),
    ("GET", "/api/rows/:~git:%00:commits/cells", None, 400, None, ""),
    ("GET", "/api/rows/hello/cells", None, 400, None, ""),
    ("GET", "/api/rows/:~git:repo:comits/cells", None, 404, None, ":~git:"),
    ("GET", "/api/rows/:~git:nobody:commits/cells", None, 404, None, "nobody"),
    ("POST", "/api/rows/:~git:repo:commits/cells", b"{}", 405, "verb_unsupported", ""),
    ("PUT", "/api/rows/:~git:repo:commits/cells", b"{}", 405, "method_not_allowed", "GET"),
    ("GET", "/api/provders", None, 404, "no_such_path", 'did you mean "/api/providers"?'),
    ("GET", "/api/changes?cursor=hello", None, 400, "bad_cursor", ""),
    ("GET", "/api/events?cursor=hello", None, 400, "bad_cursor", ""),
    ("GET", "/api/changes?limit=0", None, 400, "usage", "from 1 to"),
    ("GET", "/api/runs/99999999", None, 404, None, ""),
    ("GET", "/api/providers/nobody", None, 404, None, ""),
    ("PATCH", "/api/user", b"{", 400, "usage", "is not valid JSON"),
    ("PATCH", "/api/user", b"[]", 400, "usage", "is not a JSON object"),
    ("PATCH", "/api/user", b'{"zone":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "usage", "is not valid JSON"),
    ("PATCH", "/api/user", b'{"zone":"Mars/Base"}', 400, None, "Mars/Base"),
    ("POST", "/api/rows/:~sample:one:events/cells", b"{", 400, None, "JSON"),
    ("POST", "/api/rows/:~sample:one:events/cells", b"[" * 5000 + b"]" * 5000, 400, None, "JSON"),
    ("POST", "/api/accounts/connect?secret=hush", b"{}", 400, "usage", "URL"),
]
for method, path, body, wanted, code, words in refusals:
    status, headers, answer = host.ask(method, path, body)
    what = f"{method} {path} {(body or b'')[:30]!r}"
    if not check(what, status == wanted, (status, answer[:300])):
        continue
    problem = json.loads(answer)
    same(f"{what}: its type", "application/problem+json", headers["content-type"])
    same(f"{what}: its status", wanted, problem["status"])
    check(f"{what}: members", all(problem.get(k) for k in ("type", "title", "detail", "code", "class", "remedy")), problem)
    check(f"{what}: words", words in problem["detail"] + problem["remedy"], problem)
    if code:
        same(f"{what}: code", code, problem["code"])
    same(f"{what}: the type is a page", 200, host.get(problem["type"])[0])
    check(f"{what}: no secret", b"hush" not in answer)
same("what may not be said of a path", "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
     host.ask("PUT", commits, b"{}")[1].get("allow"))

# ---- who may ask
status, _, body = host.get("/api/providers", Host="evil.example")
same("another name of the server", (421, "unknown_host"), (status, json.loads(body)["code"]))
port = host.address.rsplit(":", 1)[1]
for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
    same(f"as {name}", 200, host.get("/api/providers", Host=name)[0])
status, _, body = host.get("/api/providers", Host="10.1.2.3:7700")
check("who is turned away learns the setting", 'server.hosts = ["10.1.2.3:7700"]' in json.loads(body)["remedy"], body)
for path in ("/healthz", "/readyz"):
    same(f"{path} by another address", 200, host.get(path, Host="10.1.2.3:7700")[0])
    same(f"{path} by another name", 421, host.get(path, Host="evil.example")[0])
def said(text):
    with socket.create_connection(("127.0.0.1", int(port)), timeout=60) as plain:
        plain.sendall(text)
        return plain.makefile("rb").readline().split()[1]
same("a probe without a name", b"200", said(b"GET /healthz HTTP/1.0\r\n\r\n"))
same("a balancer's own check", b"204", said(b"OPTIONS / HTTP/1.0\r\n\r\n"))
same("data without a name", b"421", said(b"GET /api/providers HTTP/1.0\r\n\r\n"))
for name in ("127.0.0.1", f"127.0.0.1:{int(port) + 1}", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}"):
    same(f"as {name}", 421, host.get("/api/providers", Host=name)[0])
status, _, body = host.get("/api/providers", Origin="https://evil.example")
same("a page of somebody else", (403, "foreign_origin"), (status, json.loads(body)["code"]))
same("a page without an origin", 403, host.get("/api/providers", Origin="null")[0])
status, headers, _ = host.get("/api/providers", Origin=host.url)
same("a page of this server", 200, status)
check("no other origin is invited", "access-control-allow-origin" not in headers or
      headers["access-control-allow-origin"] == host.url, headers)
same("the same for writes", 403, host.ask("POST", events + "/sync", Origin="https://evil.example")[0])
same("a token that nobody knows", 401, host.get("/api/providers", Authorization="Bearer tento_pat_x")[0])
same("an end without complaint", 0, host.end())

# ---- without a token
(work / "tento.toml").write_text((work / "tento.toml").read_text().replace("open_loopback = true", "open_loopback = false"))
host = Host()
status, headers, body = host.get("/api/providers")
same("no token", (401, 'Bearer realm="tento"'), (status, headers.get("www-authenticate")))
same("what it says", "unauthorized", json.loads(body)["code"])
for path in ("/healthz", "/readyz", "/openapi.json"):
    same(f"{path} needs none", 200, host.get(path)[0])
same("the socket file needs none", 0, run("provider", "list")[0])
same("an end without complaint", 0, host.end())
finish()
