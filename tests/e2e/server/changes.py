# SPDX-License-Identifier: Apache-2.0
"""The feed of changes by pages and as live events: no gaps and no repeats while a sync runs, clients that are killed."""
import json
import signal
import threading
import time

from host import Host, check, comes_true, finish, longest_wait, must, prepare, repository, same, work, write_config

count = 4000
prepare("sample", "git")
for name in ("repo", "late"):
    repository(work / name, count)
    must("account", "connect", "git", "--id", name, "--set", f"path={work / name}")
must("account", "connect", "sample", "--integration", "Sample", "--id", "one", "--set", "root=/", "--no-check")
# What is synced when is this test's to say.
write_config(more='[providers.git.rows.":~git:{authId}:commits"]\ninterval = "never"\n')
host = Host()


def Events(last=None, path="/api/events"):
    return host.events(last, path)


def pages(cursor="", limit=97, until=None):
    """All changes behind a cursor, page by page; `until` says when an end is the end."""
    out = []
    while True:
        page = host.json(f"/api/changes?limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        check("a page is not larger than asked", len(page["changes"]) <= limit)
        out += page["changes"]
        cursor = page["cursor"]
        if not page["more"] and (until is None or until(out)):
            return out, cursor


def identity(change):
    return change["key"], change["id"]


# ---- a sync runs while pages are read and events come
live, live_done, killed = [], threading.Event(), 0


def listen():
    """Reads on, and is killed and comes again every hundred events or so."""
    global killed
    last = None
    stream = Events(path="/api/events")
    since = 0
    while True:
        try:
            got = stream.next()
        except Exception as error:  # the thread has nobody else to tell
            check("the stream goes on", False, error)
            return
        if got is None:
            check("the stream goes on", False, host.said()[-300:])
            return
        event, cursor, data = got
        if cursor and event != ":":
            last = cursor
        if event == "resync":
            check("nothing was missed", False, got)
        if event.startswith("cell."):
            change = json.loads(data)
            live.append((event, cursor, change))
            since += 1
            if change["key"] == ":~sample:one:events" and change["id"] == "old":
                live_done.set()
                stream.kill()
                return
        if since >= 150:
            stream.kill()
            killed += 1
            since = 0
            stream = Events(last)


listener = threading.Thread(target=listen, daemon=True)
first = Events()
same("the first event is the cursor", "ready", first.next()[0])
listener.start()
time.sleep(0.2)
host.ask("POST", "/api/rows/:~git:repo:commits/sync")


def synced(row):
    runs = host.json(f"/api/runs?row={row}")["runs"]
    return len(runs) > 0 and all(r["status"] == "ok" for r in runs)


end = time.monotonic() + longest_wait
paged, cursor = pages(until=lambda so_far: len(so_far) >= count or time.monotonic() > end)
check("pages were read while they were written", len(set(c["cursor"][:13] for c in paged)) > 1)
comes_true("the sync has ended", lambda: synced(":~git:repo:commits"))
tail, cursor = pages(cursor)
paged += tail
same("every cell once, in pages", count, len(paged))
same("no cell twice", count, len({identity(c) for c in paged}))
cells = [json.loads(line) for line in host.get("/api/rows/:~git:repo:commits/cells.jsonl")[2].splitlines()]
same("the pages are the cells", {c["id"] for c in cells}, {c["id"] for c in paged})
same("with their data", {c["id"]: c["data"] for c in cells}, {c["id"]: c["data"] for c in paged})
host.ask("POST", "/api/rows/:~sample:one:events/sync", Prefer="wait=120")
check("the listener has all", live_done.wait(longest_wait), len(live))
listener.join(5)
check("it was killed often", killed > 10, killed)
behind, cursor = pages(cursor)
feed = paged + behind
# Not the cursors: they also say where their reader began.
by_pages = [identity(c) for c in feed]
by_events = [identity(c) for _, _, c in live]
first_difference = next(((i, a, b) for i, (a, b) in enumerate(zip(by_pages, by_events)) if a != b), None)
check("events are the changes, in their order, none twice", by_pages == by_events,
      (len(by_pages), len(by_events), first_difference))
same("with the same data", [c.get("data") for c in feed], [c.get("data") for _, _, c in live])
same("and kinds", [c["kind"] for c in feed], [e.removeprefix("cell.") for e, _, _ in live])

# ---- a client that was away while things changed, and while the host was down
host.ask("POST", "/api/rows/:~sample:one:events/cells", b'{"title":"made\\nby hand","count":9}')
host.ask("PATCH", "/api/rows/:~sample:one:events/cells?id=e1", b'{"title":"changed"}')
same("the host ends", 0, host.end())
host = Host()
must("row", "patch", ":~sample:one:events", "--id", "e2", "--body-file", "-", stdin=b'{"title":"by command"}')
away = Events(live[-1][1])
got = []
while len(got) < 3:
    event = away.next()
    if event[0].startswith("cell."):
        got.append(json.loads(event[2]))
expected, newest = pages(cursor)
same("it gets what it missed", [identity(c) for c in expected], [identity(c) for c in got])
same("each with what is there now", [c["data"] for c in expected], [c["data"] for c in got])
same("by the query, too", "ready", Events(path=f"/api/events?cursor={newest}").next()[0])
away.kill()

# ---- what passes: runs tell how far they are, though no cell changed
passing = Events(newest)
same("ready", "ready", passing.next()[0])
host.ask("POST", "/api/rows/:~git:late:commits/sync")
kinds, late = set(), 0
while late < count:
    event = passing.next()
    kinds.add(event[0])
    late += event[0] == "cell.added"
comes_true("the sync has ended", lambda: synced(":~git:late:commits"))
check("only events that are known", kinds <= {"cell.added", "run.progress", "account.state", "provider.state", ":"}, kinds)
passing.kill()

# ---- a comment now and then, so that nobody takes the quiet for an end
quiet = Events(pages(newest, limit=5000)[1])  # behind what the run writes last
same("ready", "ready", quiet.next()[0])
event = quiet.next()
while event and event[0] != ":":
    if not check("it is quiet", not event[0].startswith("cell."), event):
        break
    event = quiet.next()
same("a ping", (":", "ping", None), event)

# ---- the end of the host is an end of the stream, not a cut
host.send(signal.SIGTERM)
while (event := quiet.next()) is not None:
    check("no change comes out of nothing", event[0] == ":", event)
same("without complaint", 0, host.end(None))
finish()
