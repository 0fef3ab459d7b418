# SPDX-License-Identifier: Apache-2.0
"""Rows that keep themselves current: synced when an account is connected, at a pace, not twice after a restart; paused; asked for."""
import json

from host import Host, check, comes_true, finish, must, prepare, repository, run, same, work

prepare("git")
repository(work / "repo", 300)
host = Host()
key = ":~git:repo:commits"


def posted(path):
    status, _, body = host.ask("POST", path, body="{}", content_type="application/json")
    return json.loads(body) if status == 200 else {"status": status, "body": body}


def runs():
    return host.json(f"/api/runs?row={key}&limit=100")["runs"]


def row():
    return next(r for r in host.json("/api/rows")["rows"] if r["key"] == key)


# ---- nobody asks: neither the list of runs nor that of rows queues anything
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
comes_true("the rows of an account that is connected sync by themselves",
           lambda: {(r["stage"], r["status"]) for r in runs()} >= {("viewport", "ok"), ("backfill", "ok")})
comes_true("and are due again", lambda: row()["next_sync"] is not None)
check("it is said when that went well", row()["synced"] is not None and row()["failed"] is None, row())
due = row()["next_sync"]
check("each run is its first try", all(r["attempt"] == 1 and r["next_try"] is None for r in runs()), runs())

# ---- a restart asks for nothing again
before = len(runs())
host.end()
host = Host()
comes_true("it is due after a restart as before", lambda: row()["next_sync"] is not None)
check("at the same time, give or take its chance", abs(int(row()["next_sync"][14:16]) - int(due[14:16])) % 60 in (0, 1, 59), (row(), due))
same("nothing ran again", before, len(runs()))

# ---- paused, at another pace
same("a row is paused", True, posted(f"/api/rows/{key}/pause").get("paused"))
comes_true("it is not due any more", lambda: row()["next_sync"] is None and row()["paused"])
same("who asks is served", 0, run("row", "sync", key, "--stage", "viewport")[0])
same("and goes on", False, posted(f"/api/rows/{key}/resume").get("paused"))
comes_true("it is due again", lambda: row()["next_sync"] is not None)
same("an account is paused", 0, run("account", "pause", "repo")[0])
comes_true("its rows are not due", lambda: row()["next_sync"] is None)
must("account", "resume", "repo")
must("account", "set", "repo", "--interval", "2d")
comes_true("its pace is its own", lambda: (row()["next_sync"] or "") > due[:10] + "T99")
must("account", "set", "repo", "--interval", "never")
comes_true("or none", lambda: row()["next_sync"] is None)
code, _, err = run("account", "set", "repo", "--interval", "soon")
check("what is no interval is refused", code == 2 and "`soon` is not an interval" in err and "15m" in err, (code, err))
code, _, err = run("account", "pause", "nobody")
check("so is an account that is not there", code != 0 and "nobody" in err, (code, err))

# ---- a run is asked for again; one that has ended cannot be cancelled
latest = runs()[0]
same("a run is tried again", 0, run("run", "retry", str(latest["id"]))[0])
check("it is another run", runs()[0]["id"] > latest["id"], runs()[0])
code, _, err = run("run", "cancel", str(latest["id"]))
check("what has ended is not cancelled", code != 0 and "not under way" in err, (code, err))
covered = host.json(f"/api/rows/{key}/coverage")["coverage"]
check("its dates were asked for", covered and {c["state"] for c in covered} <= {"have", "empty"}, covered)
host.end()
finish()
