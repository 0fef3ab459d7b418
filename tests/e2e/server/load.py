# SPDX-License-Identifier: Apache-2.0
"""A host under everything at once: mixed requests without an end, idle and slow connections, syncs; what it holds stays flat.

Called with REQUESTS IDLE SLOW behind the places: so many requests, and for at least TENTO_SOAK_MINUTES, beside so many connections that
say nothing and so many that do not take their long answer. Prints what the process holds as a table.
"""
import asyncio
import json
import os
import random
import resource
import sys
import time

from host import Host, check, data, environment, finish, must, prepare, repository, same, tento, work, write_config

requests, idle, slow = int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6])
minutes = float(os.environ.get("TENTO_SOAK_MINUTES", 0))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
print(f"seed {seed}", flush=True)
random.seed(seed)

prepare("sample", "git")
repository(work / "repo", 3000)
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
must("account", "connect", "sample", "--integration", "Sample", "--id", "ok", "--set", "root=/", "--set", "mode=ok", "--no-check")
must("row", "sync", ":~git:repo:commits")
must("row", "sync", ":~sample:ok:events")
token = json.loads(must("token", "create", "--name", "load", "--scope", "read", "--output", "json"))
token = (token[0] if isinstance(token, list) else token)["token"]
write_config(open_loopback=False)
host = Host()
name, port = host.address.rsplit(":", 1)
proc = f"/proc/{host.process.pid}"
own = f"Host: {host.address}\r\n"
auth = f"Authorization: Bearer {token}\r\n"
commits = "/api/rows/:~git:repo:commits/cells"


def random_request():
    """One request, and the statuses that may come."""
    kind = random.randrange(12)
    after = 1700000000 + random.randrange(3000) * 3600
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(after))
    if kind < 4:
        return "GET", f"{commits}?from={when}&limit={random.randrange(1, 60)}", auth, b"", {200}
    if kind == 4:
        return "GET", f"{commits}?order=desc", auth + "Accept-Encoding: gzip\r\n", b"", {200}
    if kind == 5:
        return "GET", f"/api/changes?limit={random.randrange(1, 200)}", auth, b"", {200}
    if kind == 6:
        return "GET", random.choice(["/api/rows", "/api/accounts", "/api/runs", "/api/providers", "/openapi.json", "/metrics"]), auth, b"", {200}
    if kind == 7:
        return "GET", f"/api/rows/:~git:nobody{random.randrange(1 << 40)}:commits/cells", auth, b"", {404}
    if kind == 8:
        return "GET", commits, f"Authorization: Bearer tento_pat_{random.randrange(1 << 60)}\r\n", b"", {401}
    if kind == 9:
        return "POST", "/api/rows/:~sample:ok:events/cells", auth + "Content-Type: application/json\r\n", b'{"title":"x","count":1}', {403}
    if kind == 10:
        return "GET", f"{commits}?from=nonsense{random.randrange(1 << 40)}", auth, b"", {400}
    return "GET", f"/{random.randrange(1 << 60):x}", auth, b"", {404}


async def exchange(reader, writer):
    method, path, fields, body, expected = random_request()
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    writer.write(f"{method} {path} HTTP/1.1\r\n{own}{fields}{length}\r\n".encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        while True:
            size = int((await reader.readuntil(b"\r\n")).strip(), 16)
            await reader.readexactly(size + 2)
            if size == 0:
                break
    else:
        at = lower.find(b"content-length: ")
        await reader.readexactly(int(lower[at + 16:lower.find(b"\r\n", at)]) if at >= 0 else 0)
    # Told to come again is an answer, too.
    if status not in expected | {429, 503}:
        check(f"{method} {path}", False, head[:200])
    return b"connection: close" in lower


class Load:
    def __init__(self):
        self.begun, self.done, self.lost = 0, 0, 0
        self.until = 0.0

    async def client(self):
        reader = writer = None
        while self.begun < requests or time.monotonic() < self.until:
            self.begun += 1
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection(name, int(port))
                closed = await exchange(reader, writer)
                self.done += 1
            except (ConnectionError, asyncio.IncompleteReadError):
                # Where there are too many connections, the ones that are idle are closed; this one began between two.
                self.lost += 1
                closed = True
            if closed and writer is not None:
                writer.close()
                writer = None
        if writer is not None:
            writer.close()


def held():
    """(MiB resident, MiB of its own, threads, descriptors, MiB of the log)"""
    figures = dict(line.split(":")[:2] for line in open(f"{proc}/status") if ":" in line)
    with open(f"{proc}/smaps_rollup") as lines:
        own_kib = next(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
    log = data / "store.sqlite-wal"
    return (int(figures["VmRSS"].split()[0]) / 1024, own_kib / 1024, int(figures["Threads"]), len(os.listdir(f"{proc}/fd")),
            log.stat().st_size / 1048576 if log.exists() else 0)


def row(what, load):
    figures = held()
    print(f"{what:>12} {load.done:>9} {figures[0]:>9.1f} {figures[1]:>9.1f} {figures[2]:>8} {figures[3]:>12} {figures[4]:>8.1f}", flush=True)


async def syncs(load, stop):
    """Another commit and a sync of it, again and again, as long as there are requests."""
    n = 0
    while not stop.is_set():
        n += 1
        git = ["git", "-C", str(work / "repo")]
        made = await asyncio.create_subprocess_exec(*git, "commit-tree", "-p", "main", "-m", f"during {n}", "main^{tree}",
                                                    stdout=asyncio.subprocess.PIPE, env=environment)
        commit = (await made.communicate())[0].decode().strip()
        await (await asyncio.create_subprocess_exec(*git, "update-ref", "refs/heads/main", commit, env=environment)).wait()
        done = await asyncio.create_subprocess_exec(tento, "row", "sync", ":~git:repo:commits", env=environment,
                                                    stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        _, err = await done.communicate()
        if done.returncode != 0:
            check("a sync beside the load", False, err)
        try:
            await asyncio.wait_for(stop.wait(), 1)
        except asyncio.TimeoutError:
            pass
    return n


async def open_idle(count):
    """Connections that say nothing, or the beginning of a request."""
    out = []
    for i in range(count):
        try:
            _, writer = await asyncio.open_connection(name, int(port))
            out.append(writer)
        except ConnectionError:
            pass
    return out


async def open_slow(count):
    """Readers of all the commits who take a byte now and then."""
    out = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection(name, int(port), limit=64)
        writer.write(f"GET {commits}.jsonl HTTP/1.1\r\n{own}{auth}\r\n".encode())
        out.append((reader, writer))
    return out


async def main():
    load = Load()
    print(f"{'':>12} {'answers':>9} {'resident':>9} {'own MiB':>9} {'threads':>8} {'descriptors':>12} {'log MiB':>8}", flush=True)
    # What the first requests of each kind make the host keep, caches above all, is not what grows.
    first = Load()
    global requests
    wanted, requests = requests, max(2000, requests // 20)
    await asyncio.gather(*(first.client() for _ in range(32)))
    requests = wanted
    row("warm", first)
    warm_own = held()[1]
    idle_ones = await open_idle(idle)
    slow_ones = await open_slow(slow)
    row("connected", first)
    stop = asyncio.Event()
    syncing = asyncio.create_task(syncs(load, stop))
    load.until = time.monotonic() + minutes * 60
    begun = time.monotonic()
    clients = [asyncio.create_task(load.client()) for _ in range(64)]

    async def watch():
        tenth = max(minutes * 6, 5)
        while not stop.is_set():
            row(f"{time.monotonic() - begun:.0f} s", load)
            try:
                await asyncio.wait_for(stop.wait(), tenth)
            except asyncio.TimeoutError:
                pass

    watching = asyncio.create_task(watch())
    slowest = 0.0
    while not all(client.done() for client in clients):
        asked = time.monotonic()
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(f"GET /healthz HTTP/1.1\r\n{own}Connection: close\r\n\r\n".encode())
        answer = await reader.read()
        check("it says that it lives", answer.startswith(b"HTTP/1.1 200"), answer[:100])
        slowest = max(slowest, time.monotonic() - asked)
        writer.close()
        await asyncio.sleep(0.1)
    await asyncio.gather(*clients)
    took = time.monotonic() - begun
    row("loaded", load)
    stop.set()
    await watching
    check("syncs went on beside it", await syncing > 0)
    for writer in idle_ones:
        writer.close()
    for _, writer in slow_ones:
        writer.close()
    same("each request was answered, or its connection was cut", load.begun, load.done + load.lost)
    check("few connections were cut", load.lost * 50 <= load.begun, (load.lost, load.begun))
    print(f"{load.done} answers in {took:.0f} s, {load.lost} cut; /healthz took {slowest * 1000:.0f} ms at most, with this client's own work",
          flush=True)
    return load, warm_own


load, warm_own = asyncio.run(main())


def settled(what, holds):
    """The host looks after its memory twice a minute."""
    end = time.monotonic() + 180
    while not holds() and time.monotonic() < end:
        time.sleep(0.5)
    check(what, holds(), held())


settled("the connections are gone", lambda: held()[3] < 80)
row("after", load)
if idle >= 1000:
    # Of what the first requests made it keep, some more is in use now: statements and pages of readers, answers.
    settled("memory goes back", lambda: held()[1] < warm_own + 4)
    settled("threads are few again", lambda: held()[2] <= 24)
    settled("the log is taken in", lambda: held()[4] < 70)
    row("at rest", load)
same("the host ends", 0, host.end())
finish()
