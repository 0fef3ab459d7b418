# SPDX-License-Identifier: Apache-2.0
"""Provider files that come, change and go while the host runs: noticed by itself, or taken over by `tento provider reload`."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import time

from host import (Host, check, comes_true, config, environment, finish, fixtures, must, prepare, run, same, tento, work,
                  write_config)

plugins = work / "plugins"
gate = work / "gate"
environment["SAMPLE_GATE"] = str(gate)
prepare()
OLD, NEWER, ANEW = (pathlib.Path(fixtures) / f"tento-{name}.so" for name in ("sample", "sample-newer", "sample-anew"))


def put(source, name="tento-sample.so"):
    """As an installer does it: beside its place first."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    beside = plugins / f".{name}.part"
    beside.write_bytes(content)
    os.rename(beside, plugins / name)


def listed(host, **wanted):
    return [p for p in host.json("/api/providers")["providers"] if all(p[k] == v for k, v in wanted.items())]


def cells(host, row):
    status, _, body = host.get(f"/api/rows/{row}/cells")
    return {c["id"]: c["data"] for c in json.loads(body)["cells"]} if status == 200 else {}


def total(host, row=":~sample:one:totals"):
    return cells(host, row).get("t1", {}).get("total")


def connect(account, mode="ok"):
    must("account", "connect", "sample", "--integration", "Sample", "--id", account, "--set", "root=/", "--set",
         f"mode={mode}", "--no-check")


# ---- by hand
config.write_text(config.read_text() + "[plugins]\nwatch = false\n")
code, out, err = run("provider", "reload", "--output", "json")
check("without a host there is nothing to reload", code == 1 and "no host runs" in err, (code, err))
host = Host()
code, out, err = run("provider", "reload")
check("nothing is new", code == 0 and "nothing changed" in err, (code, out, err))
put(OLD)
same("nobody looks by itself", [], listed(host))
changes = json.loads(must("provider", "reload", "--output", "json"))
same("it is added", [("sample", "added", "1.2.3")], [(c["id"], c["change"], c["version"]) for c in changes])
connect("one")
same("its rows are there", 3, total(host))
put(OLD.read_bytes()[:5000])
code, out, err = run("provider", "reload", "--output", "json")
refused = json.loads(out)[0]
check("a refused file ends it with a failure, and is told", code == 1 and refused["change"] == "refused"
      and refused["code"] and refused["remedy"] and "tento-sample.so" in err, (code, out, err))
same("the old one serves", 3, total(host))
put(NEWER)
changes = json.loads(must("provider", "reload", "--output", "json"))
same("it is replaced", [("sample", "replaced", "1.3.0", "1.2.3")],
     [(c["id"], c["change"], c["version"], c["before"]) for c in changes])
same("the new one answers", 30, total(host))
(plugins / "tento-sample.so").unlink()
status, _, body = host.ask("POST", "/api/providers/reload")
same("over HTTP it is removed", (200, "removed"), (status, json.loads(body)["changes"][0]["change"]))
same("and has no rows any more", 404, host.get("/api/rows/:~sample:one:totals/cells")[0])
narrow = json.loads(must("token", "create", "--name", "narrow", "--scope", "read", "--output", "json"))["token"]
same("a token that only reads may not", 403,
     host.ask("POST", "/api/providers/reload", Authorization=f"Bearer {narrow}")[0])
same("the host ends in order", 0, host.end())

# ---- by itself: a folder that is made later, a first provider in it
plugins.rmdir()
write_config(more='[log]\nlevel = "info"\n')
host = Host()
events = host.events()
events.next()
plugins.mkdir(mode=0o755)
put(OLD)
begun = time.monotonic()
comes_true("a row lights up", lambda: total(host) == 3)
print(f"from the rename to the first answer: {time.monotonic() - begun:.2f} s", flush=True)
while (event := events.next())[0] != "provider.state":
    pass
same("open streams are told", {"id": "sample", "state": "loaded"},
     {k: v for k, v in json.loads(event[2]).items() if v is not None})
events.kill()
connect("slow", "slow")
must("row", "sync", ":~sample:one:events")
same("a sync stores its cells", 3, cells(host, ":~sample:one:events")["e3"]["count"])

# ---- replaced while its sync runs: cut in the middle first, then whole
sync = subprocess.Popen([tento, "row", "sync", ":~sample:slow:events"], env=environment, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)


def running():
    return [r["stage"] for r in host.json("/api/runs?row=:~sample:slow:events")["runs"] if r["status"] == "running"]


comes_true("the sync runs", lambda: running() == ["viewport"])
put(NEWER.read_bytes()[:20000])
comes_true("the cut one is refused", lambda: listed(host, state="rejected"))
refused, loaded = listed(host, state="rejected")[0], listed(host, state="loaded")
check("with its reason and what to do", refused["code"] and refused["reason"] and refused["remedy"], refused)
same("the old one is listed beside it", ["1.2.3"], [p["version"] for p in loaded])
code, out, _ = run("doctor", "--output", "json")
check("doctor tells of it", code != 0 and refused["reason"][:40] in out.decode(), out)
same("the old one answers", 3, total(host))
put(NEWER)
comes_true("the whole one answers", lambda: total(host) == 30)
same("nothing is refused any more", [], listed(host, state="rejected"))
same("it has its new row", 30, total(host, ":~sample:one:more"))
same("the sync goes on", ["viewport"], running())
gate.write_text("")
out, err = sync.communicate(timeout=120)
check("and ends well", sync.returncode == 0, (out, err))
got = cells(host, ":~sample:slow:events")
same("what was under way ended on the old instance, what was queued ran on the new one", (3, 9),
     (got["e3"]["count"], got["old"]["count"]))
same("what was stored stays", 3, cells(host, ":~sample:one:events")["e3"]["count"])
must("row", "sync", ":~sample:one:events")
same("what is asked from now on comes from the new one", 30, cells(host, ":~sample:one:events")["e3"]["count"])
same("the accounts stay", ["one", "slow"],
     sorted(a["id"] for a in host.json("/api/accounts")["accounts"]))

# ---- copied slowly: no half of it is looked at, while others come
with open(plugins / "tento-net.so", "wb") as half:
    whole = (pathlib.Path(fixtures) / "tento-net.so").read_bytes()
    half.write(whole[:9000])
    half.flush()
    put(pathlib.Path(fixtures) / "tento-netquery.so", "tento-netquery.so")
    comes_true("another one comes meanwhile", lambda: listed(host, id="netquery", state="loaded"))
    same("the half is not looked at", [], listed(host, state="rejected") + listed(host, id="net"))
    half.write(whole[9000:])
comes_true("the whole is", lambda: listed(host, id="net", state="loaded"))
for name in ("net", "netquery"):
    (plugins / f"tento-{name}.so").unlink()
comes_true("both go", lambda: len(listed(host)) == 1)

# ---- a thousand files at once
before = host.said().count("/junk-")
for i in range(1000):
    (plugins / f".junk-{i}").write_bytes(b"\x7fELF junk %d" % i)
for i in range(1000):
    os.rename(plugins / f".junk-{i}", plugins / f"junk-{i}.so")
comes_true("each of a thousand files is refused", lambda: len(listed(host, state="rejected")) == 1000)
same("the provider serves", 30, total(host))
same("each was logged once", 1000, host.said().count("/junk-") - before)
for i in range(1000, 1100):
    (plugins / f".junk-{i}").write_bytes(b"junk")
    os.rename(plugins / f".junk-{i}", plugins / f"junk-{i}.so")
comes_true("a folder that is too full is said to be", lambda: "too_many_files" in host.said())
same("what serves goes on", 30, total(host))
for file in plugins.glob("junk-*"):
    file.unlink()
comes_true("when they are gone nothing is refused", lambda: [p["state"] for p in listed(host)] == ["loaded"])
same("the provider was not touched", 1, host.said().count("provider sample 1.3.0 loaded"))

# ---- removed, and back
(plugins / "tento-sample.so").unlink()
comes_true("its computed row goes", lambda: host.get("/api/rows/:~sample:one:totals/cells")[0] == 404)
same("nothing is listed", [], listed(host))
same("what is kept can be read", 30, cells(host, ":~sample:one:events")["e3"]["count"])
states = {r["key"]: r["state"] for r in host.json("/api/rows")["rows"]}
same("as of a provider that is gone", "no_provider", states[":~sample:one:events"])
check("a sync says why it cannot", run("row", "sync", ":~sample:one:events")[0] != 0)
put(OLD)
comes_true("an earlier version comes back", lambda: total(host) == 3)
must("row", "sync", ":~sample:one:events")
same("and syncs", 3, cells(host, ":~sample:one:events")["e3"]["count"])

# ---- a build whose cells are of a newer data version: rows are synced anew without anybody asking
must("account", "set", "one", "--interval", "12h")


def due():
    """In how many seconds the row syncs by itself."""
    at = {r["key"]: r["next_sync"] for r in host.json("/api/rows")["rows"]}[":~sample:one:events"]
    return at and datetime.datetime.fromisoformat(at).timestamp() - time.time()


comes_true("a row that is up to date waits for its time", lambda: (due() or 0) > 3600)
put(ANEW)
comes_true("one that is not is brought up to date soon", lambda: 0 < (due() or 0) < 3600
           or cells(host, ":~sample:one:events")["e3"]["count"] == 30)
same("the host ends in order", 0, host.end())
finish()
