# SPDX-License-Identifier: Apache-2.0
"""Commands beside a running host: the same output and exit codes as on their own; Ctrl-C; the lock; who may connect."""
import os
import re
import signal
import stat
import subprocess

from host import Host, check, comes_true, data, environment, finish, must, prepare, repository, run, same, tento, work

prepare("sample", "git")
repository(work / "repo", 1200)
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
for mode in ("ok", "slow", "fail"):
    must("account", "connect", "sample", "--integration", "Sample", "--id", mode, "--set", "root=/", "--set", f"mode={mode}",
         "--no-check")
must("account", "connect", "sample", "--integration", "SampleToken", "--id", "tok", "--secret-stdin", stdin=b"hush-hush\n")
must("row", "sync", ":~git:repo:commits")
must("row", "sync", ":~sample:ok:events")
must("row", "post", ":~sample:ok:events", "--body-file", "-", stdin=b'{"title":"made"}')

# ---- every command that reads, in every form, on its own and beside a host
commands = [
    ["provider", "list"], ["provider", "show", "sample"], ["provider", "show", "smaple"],
    ["row", "list"], ["row", "list", "--provider", "git"],
    ["row", "get", ":~git:repo:commits"], ["row", "get", ":~git:repo:commits", "--limit", "3"],
    ["row", "get", ":~git:repo:commits", "--from", "ymd-2023-11-15", "--to", "2023-11-16T12:00:00+01:00"],
    ["row", "get", ":~sample:ok:events"], ["row", "get", ":~sample:ok:totals"], ["row", "get", ":~sample:fail:totals"],
    ["row", "get", ":~sample:ok:event"], ["row", "get", ":~sample:nobody:events"], ["row", "get", "hello"],
    ["row", "get", ":~sample:ok:%zz"], ["row", "get", ":~sample:a%3Ab:events"], ["row", "get", ":~sample:\u00fc:events"],
    ["row", "get", ":~sample:ok:events", "--from", "yesterday"], ["row", "get"],
    ["change", "list"], ["change", "list", "--limit", "2"], ["change", "list", "--cursor", "hello"],
    ["run", "list"], ["run", "list", "--row", ":~sample:ok:events", "--limit", "1"], ["run", "show", "1"],
    ["run", "show", "9999"], ["account", "list"], ["account", "list", "--provider", "git"],
    ["user", "show"], ["store", "dump"], ["config", "show"], ["version"], ["frobnicate"],
    ["row", "sync", ":~sample:fail:events", "--stage", "no"], ["row", "sync", ":~sample:ok:totals"],
]
forms = ["table", "json", "jsonl", "csv"]


def without_next_sync(output):
    output = re.sub(rb'"next_sync":("[^"]*"|null)', b"", output)
    return re.sub(rb"(?m)^(:~.*),[^,]*,(true|false)\r$", rb"\1,\2", output)


alone = {}
for command in commands:
    for form in forms:
        alone[tuple(command), form] = run(*command, "--output", form)
host = Host()
for command in commands:
    for form in forms:
        mine, beside = alone[tuple(command), form], run(*command, "--output", form)
        what = f"tento {' '.join(command)} --output {form}"
        same(f"{what}: exit code", mine[0], beside[0])
        # A host that serves decides when rows sync next.
        if not check(f"{what}: the same output", without_next_sync(mine[1]) == without_next_sync(beside[1])):
            (a, b) = mine[1].split(b"\n"), beside[1].split(b"\n")
            print(next(((x, y) for x, y in zip(a, b) if x != y), (len(a), len(b))))
        same(f"{what}: the same messages", mine[2], beside[2])
check("the commands went to the host", len(alone) == len(commands) * 4)

# ---- writes and failures beside the host
code, out, err = run("row", "sync", ":~sample:fail:events")
check("a sync that fails does not end as if it had not", code != 0 and "said no" in err, (code, out, err))
same("a write", 0, run("row", "post", ":~sample:ok:events", "--body-file", "-", stdin=b'{"title":"beside"}')[0])
check("is there", any(c["data"]["title"] == "beside" for c in host.json("/api/rows/:~sample:ok:events/cells")["cells"]))
code, out, err = run("account", "connect", "sample", "--integration", "SampleToken", "--id", "tok2", "--secret-stdin",
                     stdin=b"hush-hush\n")
same("a secret through the host", 0, code)
check("stays one", "hush-hush" not in err and b"hush-hush" not in out and "hush-hush" not in host.said())

# ---- Ctrl-C beside the host
command = subprocess.Popen([tento, "row", "sync", ":~sample:slow:events", "--stage", "viewport"], env=environment,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def runs_of(row):
    return host.json(f"/api/runs?row={row}&limit=1")["runs"]


comes_true("the sync runs", lambda: any(r["status"] == "running" for r in runs_of(":~sample:slow:events")))
command.send_signal(signal.SIGINT)
out, err = command.communicate(timeout=60)
same("the command ends as interrupted", 130, command.returncode)
check("and says so", b"interrupted" in err, err)
comes_true("the run has ended in the host", lambda: runs_of(":~sample:slow:events")[0]["status"] in ("stopped", "interrupted"))
same("the host goes on", 200, host.get("/healthz")[0])


def depth():
    return int(re.search(rb'tento_queue_depth{class="backfill"} (\d+)\n', host.get("/metrics")[2])[1])


# One that is queued ends unbegun, one that somebody else asked for goes on.
slow = ":~sample:slow:events"
first = host.connection()
first.request("POST", f"/api/rows/{slow}/sync", headers={"Prefer": "wait=60"}, body='{"stage":"viewport"}')
comes_true("the first part runs", lambda: runs_of(slow)[0]["status"] == "running")
# What failed before waits in the queue for its next try.
queued_before = depth()
command = subprocess.Popen([tento, "row", "sync", slow], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
comes_true("the second part is queued", lambda: depth() == queued_before + 1)
command.send_signal(signal.SIGINT)
out, err = command.communicate(timeout=60)
same("the command ends as interrupted", 130, command.returncode)
check("and says what becomes of the sync", b"unless others asked for it" in err, err)
comes_true("what was queued for it alone has ended",
           lambda: any(r["stage"] == "backfill" and r["status"] == "stopped" for r in host.json(f"/api/runs?row={slow}")["runs"]))
check("what others asked for goes on", any(r["stage"] == "viewport" and r["status"] == "running"
                                           for r in host.json(f"/api/runs?row={slow}")["runs"]))
first.close()
comes_true("until they have gone, too", lambda: not any(r["status"] == "running" for r in host.json(f"/api/runs?row={slow}")["runs"]))
# A client of HTTP that goes is the same.


def ended():
    runs = host.json("/api/runs?row=:~sample:slow:events")["runs"]
    return sum(r["status"] in ("stopped", "interrupted") for r in runs)


before = ended()
asking = host.connection()
asking.request("POST", "/api/rows/:~sample:slow:events/sync", headers={"Prefer": "wait=60"})
comes_true("a sync over HTTP runs", lambda: runs_of(":~sample:slow:events")[0]["status"] == "running")
asking.close()
comes_true("it ends with its client", lambda: ended() > before)

# ---- one folder, one host
second = subprocess.run([tento, "serve"], env=environment, capture_output=True, timeout=120)
check("a second host is refused", second.returncode not in (0, None), second)
check("and told who holds the folder", str(host.process.pid) in second.stderr.decode(), second.stderr)
same("the first goes on", 0, run("provider", "list")[0])
socket_file = data / "tento.sock"
same("the socket file is this user's alone", 0o600, stat.S_IMODE(socket_file.stat().st_mode))
same("the host ends", 0, host.end())
check("its socket file has gone", not socket_file.exists())
same("commands work on their own again", 0, run("provider", "list")[0])

# ---- a host that was killed
host = Host()
same("killed", -signal.SIGKILL, host.end(signal.SIGKILL))
check("it left its socket file", socket_file.exists())
same("a command is not held up by it", 0, run("provider", "list")[0])
host = Host()
same("nor the next host", 0, run("provider", "list")[0])
same("the host ends", 0, host.end())
os.chmod(data, 0o700)
finish()
