# SPDX-License-Identifier: Apache-2.0
"""Many streams of events at once: a change reaches all of them, whether the host lives is told meanwhile, and what they took goes back.

Called with a number as its last argument: so many streams, as far as files may be open.
"""
import json
import resource
import selectors
import socket
import sys
import threading
import time

from host import Host, check, finish, longest_wait, must, prepare, same

count = int(sys.argv[4])
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
count = min(count, hard - 600)  # what the host itself keeps
prepare("sample")
must("account", "connect", "sample", "--integration", "Sample", "--id", "ok", "--set", "root=/", "--set", "mode=ok", "--no-check")
must("row", "sync", ":~sample:ok:events")
host = Host()
place = (host.address.split(":")[0], int(host.address.split(":")[1]))
request = f"GET /api/events HTTP/1.1\r\nHost: {host.address}\r\n\r\n".encode()


def resident():
    """Bytes that are the process's own."""
    with open(f"/proc/{host.process.pid}/smaps_rollup") as figures:
        return next(int(line.split()[1]) * 1024 for line in figures if line.startswith("Pss_Anon:"))


class Streams:
    """Open ones, and how many of them have been told something."""

    def __init__(self, count):
        self.selector = selectors.DefaultSelector()
        self.received = {}
        for _ in range(count):
            client = socket.create_connection(place)
            client.sendall(request)
            client.setblocking(False)
            self.selector.register(client, selectors.EVENT_READ)
            self.received[client] = b""

    def all_have(self, what):
        end = time.monotonic() + longest_wait
        missing = {client for client, got in self.received.items() if what not in got}
        while missing and time.monotonic() < end:
            for key, _ in self.selector.select(1):
                self.received[key.fileobj] += key.fileobj.recv(65536)
                if what in self.received[key.fileobj]:
                    missing.discard(key.fileobj)
        return not missing

    def close(self):
        for client in self.received:
            client.close()


def make(title):
    status, _, answer = host.ask("POST", "/api/rows/:~sample:ok:events/cells", json.dumps({"title": title, "count": 1}).encode(),
                                 Content_Type="application/json")
    same("a cell is made", 200, status)


slowest = 0.0
watching = True


def watch():
    """How long the host takes at most to say that it lives."""
    global slowest
    connection = host.connection()
    while watching:
        begun = time.monotonic()
        host.ask("GET", "/healthz", connection=connection)
        slowest = max(slowest, time.monotonic() - begun)
        time.sleep(0.005)


def settles(at_most):
    """Whether memory comes back to that; the host looks after it twice a minute."""
    end = time.monotonic() + 3 * longest_wait
    while resident() > at_most and time.monotonic() < end:
        time.sleep(0.5)
    return resident() <= at_most


few = Streams(10)
check("a few are open", few.all_have(b"event: ready"))
make("a few")
check("a change reaches them", few.all_have(b"a few"))
few.close()
before = resident()
streams = Streams(count)
check("all are open", streams.all_have(b"event: ready"))
watcher = threading.Thread(target=watch)
watcher.start()
begun = time.monotonic()
make("everybody")
check("a change reaches all of them", streams.all_have(b"everybody"))
took = time.monotonic() - begun
watching = False
watcher.join()
print(f"{count} streams: a change reached all in {took * 1000:.0f} ms, /healthz took {slowest * 1000:.1f} ms at most, "
      f"{(resident() - before) / 1024 / 1024:.1f} MiB", flush=True)
streams.close()
check("what they took goes back", settles(before + (4 << 20)), (before, resident()))
same("the host ends", 0, host.end())
finish()
