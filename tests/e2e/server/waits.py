# SPDX-License-Identifier: Apache-2.0
"""Requests that wait hold nobody up, end with their clients, are counted, and do not keep the host from ending."""
import http.client
import json
import select
import signal
import socket
import subprocess
import time

from host import Host, check, comes_true, environment, finish, longest_wait, must, prepare, run, same, tento, work, write_config

prepare("sample")
for mode in ("ok", "slow", "stuck"):
    must("account", "connect", "sample", "--integration", "Sample", "--id", mode, "--set", "root=/", "--set", f"mode={mode}", "--no-check")
write_config(open_loopback=False)
token = json.loads(must("token", "create", "--name", "one", "--scope", "read", "--scope", "sync", "--output", "json"))["token"]
other = json.loads(must("token", "create", "--name", "two", "--scope", "read", "--output", "json"))["token"]
slow, stuck = ":~sample:slow:events", ":~sample:stuck:events"
host = Host()


def waiting_client(row, how="POST", what="sync", seconds=600, whose=token):
    """A request that waits, as a plain socket; nothing of its answer is read."""
    client = socket.create_connection(host.address.split(":"))
    client.settimeout(longest_wait)
    client.sendall(f"{how} /api/rows/{row}/{what} HTTP/1.1\r\nHost: {host.address}\r\nAuthorization: Bearer {whose}\r\n"
                   f"Prefer: wait={seconds}\r\n\r\n".encode())
    return client


def status_of(client):
    return int(client.makefile("rb").readline().split()[1])


def closed_to_others():
    try:
        socket.create_connection(host.address.split(":")).close()
        return False
    except ConnectionRefusedError:
        return True


def runs(row):
    return json.loads(must("run", "list", "--row", row, "--output", "json"))


# ---- an attack by one token: as many waits as one may have, then one more
clients, refused = [], []


def one_more():
    """Those that came too many at once for the line ahead of the workers are told so, and come again."""
    for client in select.select(clients, [], [], 0)[0]:
        answer = http.client.HTTPResponse(client)
        answer.begin()
        clients.remove(client)
        if answer.status != 503:
            refused.append((answer.status, answer.getheader("Retry-After"), json.loads(answer.read())["code"]))
    if not refused:
        clients.extend(waiting_client(slow) for _ in range(min(257 - len(clients), 32)))
    return bool(refused)


comes_true("of one more than may wait one is refused", one_more)
same("with the time after which to try again", [(429, "5", "too_many_waits")], refused)
same("and the others wait", 256, len(clients))
comes_true("the sync runs", lambda: any(r["status"] == "running" for r in runs(slow)))
status, _, body = host.get("/api/rows/:~sample:ok:totals/cells", Authorization=f"Bearer {other}")
same("another's read that needs a worker and a provider is answered", 200, status)
status, _, _ = host.get(f"/api/rows/{slow}/cells", Authorization=f"Bearer {token}")
same("and so is one of the same token that does not wait", 200, status)
same("a command beside it, too", 0, run("row", "get", ":~sample:ok:totals")[0])

# ---- waits end with their clients
for client in clients[1:]:
    client.close()
comes_true("others may wait then", lambda: status_of(waiting_client(":~sample:ok:events")) == 200)
same("the sync goes on for the one that stayed", "running", runs(slow)[0]["status"])
clients[0].close()
comes_true("and ends with the last", lambda: runs(slow)[0]["status"] == "stopped")

# ---- a signal ends the host whatever waits or hangs
held = [waiting_client(slow) for _ in range(8)] + [waiting_client(stuck)]
hanging = waiting_client(":~sample:stuck:totals", how="GET", what="cells", seconds=0)
beside = subprocess.Popen([tento, "row", "sync", slow], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
comes_true("they run", lambda: all(any(r["status"] == "running" for r in runs(row)) for row in (slow, stuck)))
begun = time.monotonic()
host.send(signal.SIGTERM)
same("who waits is told that it goes on", [202] * len(held), [status_of(client) for client in held])
same("also a command", 0, beside.wait(longest_wait))
same("the host ends", 0, host.end(None))
check("within half a minute", time.monotonic() - begun < 30)

# ---- a second signal ends it at once
host = Host()
hanging = waiting_client(":~sample:stuck:totals", how="GET", what="cells", seconds=0)
comes_true("a read hangs in its provider", lambda: "tento_http_requests" in host.get("/metrics", Authorization=f"Bearer {token}")[2].decode())
host.send(signal.SIGTERM)
comes_true("it is ending", closed_to_others)
host.send(signal.SIGTERM)
same("at once", 128 + signal.SIGTERM, host.end(None))
check("and says so", "a second signal: ended at once" in host.said(), host.said()[-300:])
finish()
