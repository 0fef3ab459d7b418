# SPDX-License-Identifier: Apache-2.0
"""`tento serve` as a process: its end finishes answers, a hangup reads the configuration again, bad starts are told."""
import contextlib
import json
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import urllib.request

from host import Host, check, comes_true, config, environment, finish, must, prepare, repository, run, same, tento, work, write_config

prepare("sample", "git")
repository(work / "repo", 3000)
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
must("account", "connect", "sample", "--integration", "Sample", "--id", "slow", "--set", "root=/", "--set", "mode=slow", "--no-check")
must("row", "sync", ":~git:repo:commits")


def refused(what, code, *words, arguments=()):
    done = subprocess.run([tento, "serve", *arguments], env=environment, capture_output=True, timeout=120)
    said = done.stderr.decode()
    check(what, done.returncode == code, (done.returncode, said))
    for word in words:
        check(f"{what}: it says {word}", word in said, said)


# ---- bad starts
taken = socket.create_server(("127.0.0.1", 0))
address = "127.0.0.1:%d" % taken.getsockname()[1]
refused("an address in use", 78, f"cannot listen on {address}: Address already in use", "server.listen",
        arguments=("--listen", address))
refused("no address", 78, 'cannot listen on 7700: it has no port', "127.0.0.1:7700", arguments=("--listen", "7700"))
write_config(f'certificate = "{work}/none.pem"\nprivate_key = "{work}/none.key"\n')
refused("a certificate that is not there", 78, f"{work}/none.pem", "server.certificate")
write_config()

# ---- the end finishes what is under way
host = Host()
whole = host.get("/api/rows/:~git:repo:commits/cells.jsonl")[2]
check("an answer that takes many pieces", len(whole) > 1_000_000, len(whole))
idle = host.connection()
same("a connection that stays", 200, host.ask("GET", "/healthz", connection=idle)[0])
reader = socket.create_connection(host.address.split(":"))
reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
reader.sendall(f"GET /api/rows/:~git:repo:commits/cells.jsonl HTTP/1.1\r\nHost: {host.address}\r\n\r\n".encode())
begun = reader.recv(1000)
check("it has begun", begun.startswith(b"HTTP/1.1 200 "), begun[:100])
waited = {}


def wait_for_sync():
    waited["answer"] = host.ask("POST", "/api/rows/:~sample:slow:events/sync", Prefer="wait=3")


waiter = threading.Thread(target=wait_for_sync)
waiter.start()
comes_true("a sync runs", lambda: any(r["status"] == "running" for r in host.json("/api/runs?row=:~sample:slow:events")["runs"]))
host.send(signal.SIGTERM)
same("what is idle is closed", b"", idle.sock.recv(1))


def closed_to_others():
    try:
        socket.create_connection(host.address.split(":")).close()
        return False
    except ConnectionRefusedError:
        return True


comes_true("nothing new is taken", closed_to_others)
rest = begun
while piece := reader.recv(65536):
    rest += piece
head, _, chunked = rest.partition(b"\r\n\r\n")
body = b""
while chunked:
    size, _, chunked = chunked.partition(b"\r\n")
    body += chunked[:int(size, 16)]
    chunked = chunked[int(size, 16) + 2:]
check("the answer is whole", body == whole and rest.endswith(b"0\r\n\r\n"), (len(body), len(whole), rest[-20:]))
waiter.join(60)
check("who waits is answered", waited.get("answer", [0])[0] in (200, 202), waited)
same("ended by SIGTERM", 0, host.end(None))
host = Host()
same("ended by Ctrl-C", 0, host.end(signal.SIGINT))

# ---- a hangup
host = Host()
port = host.address.rsplit(":", 1)[1]
same("a name that is not this server's", 421, host.get("/healthz", Host="tento.example")[0])
same("a page that may not", 403, host.get("/healthz", Origin="https://app.example")[0])
write_config('hosts = ["tento.example"]\ncors_origins = ["https://app.example"]\n')
host.send(signal.SIGHUP)
comes_true("a new name", lambda: host.get("/healthz", Host=f"tento.example:{port}")[0] == 200)
same("also without a port", 200, host.get("/healthz", Host="Tento.Example")[0])
same("a new page", 200, host.get("/healthz", Origin="https://app.example")[0])
same("no other", 403, host.get("/healthz", Origin="https://other.example")[0])
config.write_text(config.read_text().replace('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:1"'))
host.send(signal.SIGHUP)
comes_true("what needs a restart is named", lambda: "these settings wait for a restart: server.listen" in host.said())
same("the host goes on where it was", 200, host.get("/healthz")[0])
config.write_text("[server\n")
host.send(signal.SIGHUP)
comes_true("a broken configuration is told", lambda: "the configuration stays as it was" in host.said())
same("and changes nothing", 200, host.get("/healthz", Host="tento.example")[0])
write_config(open_loopback=False)
host.send(signal.SIGHUP)
comes_true("the way without a token is shut", lambda: host.get("/api/providers")[0] == 401)
same("names that went are no names", 421, host.get("/healthz", Host="tento.example")[0])
same("the host ends", 0, host.end())

# ---- old entries of the audit log
must("user", "set", "--zone", "Asia/Tokyo")
entries = json.loads(must("audit", "list", "--output", "json"))
with contextlib.closing(sqlite3.connect(work / "data/store.sqlite")) as store, store:
    store.execute("UPDATE audit SET at_us = at_us - 366 * 86400000000 WHERE id < ?", (entries[0]["id"],))
    store.execute("UPDATE audit SET at_us = at_us - 364 * 86400000000 WHERE id = ?", (entries[0]["id"],))


def ids():
    """Which of those are left; looking is an entry, too."""
    return [entry["id"] for entry in json.loads(must("audit", "list", "--output", "json")) if entry["id"] <= entries[0]["id"]]


check("there are some", len(entries) == 3, entries)
write_config(more="[audit]\nkeep_days = 0\n")
host = Host()
same("for ever, if that is what is wished", [entry["id"] for entry in entries], ids())
same("the host ends", 0, host.end())
write_config()
host = Host()
same("a year, if nothing is said", [entries[0]["id"]], ids())
same("the host ends", 0, host.end())
write_config(more="[audit]\nkeep_days = 7\n")
host = Host()
same("or what is said", [], ids())
same("the host ends", 0, host.end())

# ---- TLS
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", work / "key.pem", "-out", work / "cert.pem"],
               check=True, capture_output=True)
write_config(f'certificate = "{work}/cert.pem"\nprivate_key = "{work}/key.pem"\n')
host = Host()
check("the address says so", host.url.startswith("https://"), host.url)
trust = ssl.create_default_context(cafile=str(work / "cert.pem"))
with urllib.request.urlopen(host.url + "/api/version", context=trust) as answer:
    same("an answer over TLS", 200, answer.status)
    check("it is the version", "tento" in json.load(answer))
same("commands beside it", 0, run("provider", "list")[0])
same("the host ends", 0, host.end())
finish()
