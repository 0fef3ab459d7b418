# SPDX-License-Identifier: Apache-2.0
"""What passes beside the changes: runs, accounts and providers; who hears of it; clients that do not read."""
import json
import socket
import threading
import time

from host import Host, check, comes_true, config, finish, longest_wait, must, prepare, same, write_config

prepare("sample")
write_config(open_loopback=False)


def connect(account, mode="ok", *more):
    must("account", "connect", "sample", "--integration", "Sample", "--id", account, "--set", "root=/", "--set",
         f"mode={mode}", "--no-check", *more)


def token(*arguments):
    made = json.loads(must("token", "create", *arguments, "--output", "json"))
    return {"Authorization": f"Bearer {made['token']}"}, made["id"]


connect("one")
connect("two")
host = Host()
must("user", "add", "bob")
mine, _ = token("--name", "mine", "--scope", "admin")
narrow, _ = token("--name", "narrow", "--prefix", ":~sample:one")
bobs, _ = token("--name", "bobs", "--scope", "admin", "--owner", "bob")
doomed, doomed_id = token("--name", "doomed")


class Listener:
    """All events of a stream, as they come; `last` is what a browser would send when it comes again."""

    def __init__(self, headers, last=None):
        self.stream = host.events(last, **headers)
        self.events, self.last, self.ended = [], None, threading.Event()
        first = self.stream.next()
        same("the first event is the cursor", "ready", first[0])
        self.last = first[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        try:
            while (event := self.stream.next()) is not None:
                if event[0] == ":":
                    continue
                if event[1]:
                    self.last = event[1]
                self.events.append((event[0], json.loads(event[2])))
        except Exception as error:  # the thread has nobody else to tell
            self.events.append(("broken", str(error)))
        self.ended.set()

    def of(self, kind):
        return [data for event, data in list(self.events) if event == kind]

    def wait(self, kind, holds):
        comes_true(f"{kind} comes", lambda: any(holds(data) for data in self.of(kind)))


def sync(account):
    must("row", "sync", f":~sample:{account}:events")


everything, some, others, revoked = (Listener(h) for h in (mine, narrow, bobs, doomed))

# ---- runs
before = everything.last
sync("two")
sync("one")
some.wait("run.progress", lambda run: run["stage"] == "backfill" and run["status"] == "ok")
everything.wait("run.progress", lambda run: ":one:" in run["row"] and run["stage"] == "backfill" and run["status"] == "ok")
listed = {run["id"]: run for run in host.json("/api/runs", **mine)["runs"]}
told = everything.of("run.progress")
same("every run is told", set(listed), {run["id"] for run in told})
for number, run in listed.items():
    own = [each for each in told if each["id"] == number]
    same("as it begins", ("running", 0), (own[0]["status"], own[0]["done"]))
    same("and as it has ended, as the list of runs has it", run, own[-1])
check("who has a prefix hears of their rows alone", some.of("run.progress") == [r for r in told if ":one:" in r["row"]])
check("and of their cells alone", {c["key"] for c in some.of("cell.added")} == {":~sample:one:events"})
same("another user hears nothing", [], others.events)

# ---- what passes has no cursor: who comes again goes on behind the last change
check("a change moves the cursor", before != everything.last)
cursor = everything.last
connect("three")
everything.wait("account.state", lambda account: account["id"] == "three")
same("an account does not", cursor, everything.last)
again = Listener(mine, cursor)
must("row", "patch", ":~sample:one:events", "--id", "e1", "--body-file", "-", stdin=b'{"title":"new"}')
again.wait("cell.updated", lambda cell: cell["id"] == "e1")
same("nothing is told twice", 1, len(again.events))

# ---- accounts
state = {"provider": "sample", "integration": "Sample", "id": "three", "state": "active"}
same("an account that is connected", [state], everything.of("account.state"))
connect("three")
connect("three", "ok", "--label", "Three")
must("account", "disconnect", "three")
everything.wait("account.state", lambda account: account["state"] == "disconnected")
same("one that stays what it is is no news", [state, {**state, "state": "disconnected"}], everything.of("account.state"))
must("account", "disconnect", "one")
connect("one")
some.wait("account.state", lambda account: account["state"] == "active")
same("with a prefix, one's own accounts", ["one", "one"], [account["id"] for account in some.of("account.state")])
same("another user hears nothing", [], others.events)
must("account", "connect", "sample", "--integration", "Sample", "--id", "his", "--set", "root=/", "--no-check", "--owner", "bob")
others.wait("account.state", lambda account: account["id"] == "his")
check("but of their own", "his" not in [account["id"] for account in everything.of("account.state")])

# ---- a token that is revoked: its stream ends at once, and whole
check("it goes on till then", not revoked.ended.is_set())
must("token", "revoke", doomed_id)
check("a revoked token's stream ends", revoked.ended.wait(longest_wait))
check("as an end, not a cut", "broken" not in [event for event, _ in revoked.events], revoked.events[-1:])
same("and it gets no other", 401, host.get("/api/events", **doomed)[0])

# ---- a client that never reads: what it is owed is bounded, it hears of what it missed, and nobody else is held up


def memory_kib():
    status = open(f"/proc/{host.process.pid}/status").read()
    return int(status.split("VmRSS:")[1].split()[0])


lazy = socket.socket()
lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
address, port = host.address.rsplit(":", 1)
lazy.connect((address, int(port)))
lazy.sendall(f"GET /api/events HTTP/1.1\r\nHost: {host.address}\r\nAuthorization: {mine['Authorization']}\r\n\r\n".encode())
lazy.settimeout(longest_wait)
same("it is served", b"HTTP/1.1 200", lazy.recv(12))
own = host.connection()


def ask(method, path, body):
    status, _, answer = host.ask(method, path, json.dumps(body), own, Content_Type="application/json", **mine)
    check(f"{method} {path}", status < 300, answer[:300])


large = "x" * 900_000
for number in range(12):
    ask("PATCH", f"/api/rows/:~sample:one:events/cells?id=large{number}", {"title": large})
everything.wait("cell.added", lambda cell: cell["id"] == "large11")
start = memory_kib()
count = 320
for number in range(count // 2):
    ask("POST", "/api/accounts/connect", {"provider": "sample", "integration": "Sample", "id": "often", "set": ["root=/"],
                                         "no-check": True})
    status, _, answer = host.ask("DELETE", "/api/accounts/often", None, own, **mine)
    check("DELETE /api/accounts/often", status == 200, answer[:300])
check("little is kept for it", memory_kib() - start < 32 * 1024, (start, memory_kib()))
comes_true("who reads has all of it", lambda: len([a for a in everything.of("account.state") if a["id"] == "often"]) == count)
same("without a gap", 0, len(everything.of("resync")))
ask("PATCH", "/api/rows/:~sample:one:events/cells?id=after", {"title": "after"})
held, buffer = b"", b""
while b'"after"' not in buffer[-4096:] + held:
    buffer = (buffer + held)[-4096:]
    held = lazy.recv(1 << 20)
    if not held:
        break
    names = [line for line in held.split(b"\n") if line.startswith(b"event: ")]
    globals().setdefault("seen", []).extend(names)
check("it gets what changed in the end", held)
same("and is told once that it missed something", 1, seen.count(b"event: resync"))
lazy.close()

# ---- a provider that does not come back
for account in ("s1", "s2", "s3", "s4"):
    connect(account, "stuck")
    asking = host.connection()
    asking.request("POST", f"/api/rows/:~sample:{account}:events/sync", headers={"Prefer": "wait=60", **mine})
    comes_true("it runs", lambda: any(r["status"] == "running" for r in
                                      host.json(f"/api/runs?row=:~sample:{account}:events", **mine)["runs"]))
    asking.close()
for each in (everything, some, others):
    each.wait("provider.state", lambda provider: provider["id"] == "sample" and provider["state"] == "quarantined")
quarantined = host.json("/api/providers/sample", **mine)
same("as the list of providers has it", [{name: quarantined[name] for name in ("id", "state", "reason", "remedy")}],
     everything.of("provider.state"))
# ---- a user who is erased: their stream says that the accounts went, and ends
must("user", "erase", "bob", "--confirm", "bob")
check("an erased user's stream ends", others.ended.wait(longest_wait))
same("and says before that the accounts went", [("his", "active"), ("his", "disconnected")],
     [(account["id"], account["state"]) for account in others.of("account.state")])
check("of others nothing is told", "his" not in [account["id"] for account in everything.of("account.state")])
check("only events that are known", {e for each in (everything, some, others) for e, _ in each.events} <= {
    "cell.added", "cell.updated", "run.progress", "account.state", "provider.state"},
      {e for each in (everything, some, others) for e, _ in each.events})
must("user", "add", "dora")
must("account", "connect", "sample", "--integration", "Sample", "--id", "hers", "--set", "root=/", "--no-check", "--owner",
     "dora")
host.end()

# ---- one that asks for no token goes on, and says the same
config.write_text("owner = \"dora\"\n" + config.read_text().replace("open_loopback = false", "open_loopback = true"))
host = Host()
unnamed = Listener({})
must("user", "erase", "dora", "--confirm", "dora")
unnamed.wait("account.state", lambda account: (account["id"], account["state"]) == ("hers", "disconnected"))
check("it goes on", not unnamed.ended.is_set())
host.end()
finish()
