# SPDX-License-Identifier: Apache-2.0
"""Who is let in: tokens and their prefixes on every face, figures, names of the server, pages of other origins."""
import json
import socket

from host import Host, check, finish, must, prepare, same, write_config

page, foreign = "https://app.example", "https://other.example"
prepare("sample")
write_config(f'hosts = ["tento.example"]\ncors_origins = ["{page}"]\n', open_loopback=False)
for account in ("one", "two"):
    must("account", "connect", "sample", "--integration", "Sample", "--id", account, "--set", "root=/", "--no-check")
    must("row", "sync", f":~sample:{account}:events")


def token(*arguments):
    return {"Authorization": "Bearer " + json.loads(must("token", "create", *arguments, "--output", "json"))["token"]}


everything = token("--name", "all", "--scope", "admin")
reads = token("--name", "reads")
syncs = token("--name", "syncs", "--scope", "sync")
narrow = token("--name", "narrow", "--scope", "read", "--scope", "write", "--scope", "sync", "--prefix", ":~sample:one")
host = Host()
mine, others = "/api/rows/:~sample:one:events", "/api/rows/:~sample:two:events"

# ---- a token with a prefix
for method, end, body in (("GET", "/cells", None), ("GET", "/cells.jsonl", None), ("GET", "/cells.ics", None),
                          ("POST", "/sync", "{}"), ("POST", "/cells", "{}"), ("PATCH", "/cells?id=e1", "{}")):
    own, _, _ = host.ask(method, mine + end, body, **narrow)
    check(f"{method} {end} of its own row", own < 300, own)
    status, _, answer = host.ask(method, others + end, body, **narrow)
    same(f"{method} {end} of another row", (403, "key_prefix"), (status, json.loads(answer)["code"]))
same("its row by another spelling", 200, host.get("/api/rows/:~sample:%6fne:events/cells", **narrow)[0])
same("another row by one", 403, host.get("/api/rows/:~sample:tw%6f:events/cells", **narrow)[0])
all_rows = host.json("/api/rows", **everything)["rows"]
same("whose rows are told to whom has no prefix", {"one", "two", None}, {row["account"] for row in all_rows})
rows = host.json("/api/rows", **narrow)["rows"]
same("and to whom has one, their own", [row for row in all_rows if row["account"] == "one"], rows)
check("all of them", len(rows) == 4 and all(row["key"].startswith(":~sample:one:") for row in rows), rows)
same("by command the same", all_rows, json.loads(must("row", "list", "--output", "json")))
same("of one account", rows, host.json("/api/rows?account=sample:one", **everything)["rows"])
same("an account that is not theirs is none", 404, host.get("/api/rows?account=two", **narrow)[0])
patterns = host.json("/api/rows?patterns=true", **everything)["rows"]
same("patterns alone", {(row["pattern"], None) for row in all_rows}, {(row["pattern"], row["key"]) for row in patterns})
same("a mistake is told in words of HTTP", "patterns and account exclude each other",
     json.loads(host.get("/api/rows?patterns=true&account=one", **everything)[2])["detail"])
same("its accounts", ["one"], [a["id"] for a in host.json("/api/accounts", **narrow)["accounts"]])
same("its runs", {":~sample:one:events"}, {r["row"] for r in host.json("/api/runs", **narrow)["runs"]})
same("its changes", {":~sample:one:events"}, {c["key"] for c in host.json("/api/changes", **narrow)["changes"]})
same("an admin's acts are not", 403, host.get("/api/tokens", **narrow)[0])
same("the description of the API is everybody's", host.json("/openapi.json"), host.json("/openapi.json", **narrow))

# ---- figures
for token_of, expected in ((reads, 200), (everything, 200), (syncs, 403), ({}, 401), ({"Authorization": "Bearer tento_pat_x"}, 401)):
    status, headers, body = host.get("/metrics", **token_of)
    same("figures", expected, status)
    check("are figures, or nothing", (b"# HELP tento_" in body) == (expected == 200), body[:200])
same("whether it lives is everybody's", (200, 200), (host.get("/healthz")[0], host.get("/readyz")[0]))

# ---- names of the server
port = host.address.rsplit(":", 1)[1]
for name, expected in (("tento.example", 200), (f"TENTO.example:{port}", 200), (f"localhost:{port}", 200), ("evil.example", 421),
                       (f"evil.example:{port}", 421)):
    same(f"called {name}", expected, host.get("/healthz", Host=name)[0])


def line(target, name):
    """The status of a request whose line has this target."""
    with socket.create_connection(host.address.split(":")) as raw:
        raw.sendall(f"GET {target} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        return int(raw.makefile("rb").read().split(b" ")[1])


same("the absolute form", 200, line(f"http://{host.address}/healthz", host.address))
same("without a path", 200, line(f"http://{host.address}", host.address))
same("with a query", 200, line("http://tento.example?x", "tento.example"))
same("its name counts, not the field's", 200, line("http://tento.example/healthz", "evil.example"))
same("also where it is another", 421, line("http://evil.example/healthz", host.address))

# ---- pages of other origins
question = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}
status, headers, body = host.ask("OPTIONS", mine + "/cells", Origin=page, **question)
same("a page that may is told so", (204, page, b""), (status, headers.get("access-control-allow-origin"), body))
check("with what it may send", "PATCH" in headers["access-control-allow-methods"], headers)
for name in ("authorization", "idempotency-key", "if-match", "last-event-id", "content-type"):
    check(f"as {name}", name in headers["access-control-allow-headers"].lower(), headers)
check("no cookies", "access-control-allow-credentials" not in headers, headers)
for method, path, of, expected in (("GET", mine + "/cells", reads, 200), ("GET", "/api/accounts", reads, 200),
                                   ("PATCH", mine + "/cells?id=e1", narrow, 200), ("GET", mine + "/cells", {}, 401),
                                   ("GET", "/nothing", reads, 404), ("GET", mine + "/cells.jsonl", reads, 200)):
    status, headers, _ = host.ask(method, path, "{}" if method == "PATCH" else None, Origin=page, **of)
    same(f"{method} {path} of that page", (expected, page), (status, headers.get("access-control-allow-origin")))
    check("a cache keeps them apart", "Origin" in headers.get("vary", ""), headers)
    check("and the page may see versions", "ETag" in headers.get("access-control-expose-headers", ""), headers)
for method in ("OPTIONS", "GET"):
    status, headers, _ = host.ask(method, mine + "/cells", Origin=foreign, **question, **reads)
    same(f"{method} of another page", (403, None), (status, headers.get("access-control-allow-origin")))
same("nor of none", 403, host.get("/healthz", Origin="null")[0])
status, headers, _ = host.get("/api/accounts", **reads)
same("who is no page is told nothing of that", None, headers.get("access-control-allow-origin"))
check("but caches are", "Origin" in headers.get("vary", ""), headers)
own = f"http://{host.address}"
status, headers, _ = host.get("/healthz", Origin=own)
same("its own page needs no leave", (200, None), (status, headers.get("access-control-allow-origin")))
events = host.events(Origin=page, **reads)
same("a stream for that page", page, events.answer.getheader("access-control-allow-origin"))
same("the host ends", 0, host.end())
finish()
