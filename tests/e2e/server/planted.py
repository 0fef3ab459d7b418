# SPDX-License-Identifier: Apache-2.0
"""Planted secrets are nowhere but at the service they are for: not in logs at their most talkative, errors, events, figures,
answers in every form, exports, process arguments, nor in any file of the host, in whichever form."""
import base64
import json
import pathlib
import subprocess
import sys
import threading
import urllib.parse

from host import Host, check, comes_true, data, finish, prepare, run, same, work, write_config

right = "geheim-4711-x/y+z&q"
secrets = {"the right one": right, "a wrong one": "falsch-1234-a/b+c", "by the API": "falsch-5678-d/e=f",
           "one that was replaced": "falsch-9012-g/h%i"}
requests = work / "requests"
port_file = work / "port"
prepare("net")
service = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).parent.parent / "cli/network_server.py"), right,
                            str(port_file), str(requests)])


def forms(secret):
    """What a careless program makes of a secret on its way."""
    yield secret
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote(secret, safe="").lower()
    yield urllib.parse.quote_plus(secret)
    yield secret.encode().hex()
    yield secret.encode().hex().upper()
    # Base64 of it anywhere in another text: what does not depend on its neighbours.
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + secret.encode()).decode()
            yield text[(0, 2, 3)[shift]:len(text.rstrip("=")) - 2]


def look(where, text):
    """In bytes; says which secret is there, not what it is."""
    for name, secret in secrets.items():
        found = sorted({form[:4] for form in forms(secret) if form.encode() in text})
        check(f"{where}: {name} is in it", not found, f"a form that begins with {found}")


printed = []


def in_memory(process, text):
    """How often a text stands in what the process has written to its memory."""
    count = 0
    with open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in pathlib.Path(f"/proc/{process}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if "w" not in rights:
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(begin)
                count += memory.read(end - begin).count(text)
            except OSError:  # the kernel's own
                continue
    return count


def memory_forgets():
    """What a request brought of secrets does not stay, by whichever way it came: of a host that may be looked into."""
    host = Host("--debug-provider", "net")
    brought = {"HTTP": "vergessen-http-2468-" + "y" * 16, "a command": "vergessen-befehl-1357-" + "z" * 16, "a short one": "kurz-9753-abc"}
    for i, (way, secret) in enumerate(brought.items()):
        if way == "a command":
            tento("account", "connect", "net", "--id", f"m{i}", "--no-check", "--secret-stdin", stdin=secret.encode())
        else:
            ask(host, "POST", "/api/accounts/connect",
                json.dumps({"provider": "net", "id": f"m{i}", "secret": secret, "no-check": True}), Idempotency_Key=f"k{i}")
        tento("row", "sync", f":~net:m{i}:items", want=3)
    for _ in range(20):  # so that each thread has done something else
        ask(host, "GET", "/api/accounts")
    for way, secret in brought.items():
        same(f"copies in memory of a secret that came by {way}", 0, in_memory(host.process.pid, secret.encode()))
    same("how that host ended", 0, host.end())


def tento(*arguments, stdin=None, want=0):
    code, out, err = run(*arguments, stdin=stdin)
    same(f"exit code of tento {' '.join(arguments)}", want, code)
    printed.append((f"tento {' '.join(arguments)}", out + err.encode()))
    return out


def ask(server, method, path, body=None, want=200, **headers):
    if body is not None:
        headers["Content-Type"] = "application/json"
    status, got, answer = server.ask(method, path, body, **headers)
    same(f"{method} {path}", want, status)
    printed.append((f"{method} {path}", repr(got).encode() + answer))
    return answer


class Arguments(threading.Thread):
    """The arguments and environments of all processes but the service, as often as can be."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.enough = set(), threading.Event()

    def run(self):
        while not self.enough.is_set():
            for place in ("cmdline", "environ"):
                for file in pathlib.Path("/proc").glob(f"[0-9]*/{place}"):
                    if file.parent.name == str(service.pid):
                        continue
                    try:
                        self.seen.add(file.read_bytes())
                    except OSError:
                        pass


try:
    comes_true("the service is there", port_file.exists)
    write_config(f'[log]\nlevel = "trace"\n[providers.net]\nendpoint = "http://127.0.0.1:{port_file.read_text()}"\n')
    watch = Arguments()
    watch.start()

    # ---- without a host, then beside one
    tento("account", "connect", "net", "--secret-stdin", stdin=secrets["a wrong one"].encode(), want=3)
    tento("account", "connect", "net", "--secret-stdin", stdin=right.encode())
    tento("row", "sync", ":~net:me:items")
    tento("account", "connect", "net", "--id", "old", "--no-check", "--secret-stdin",
          stdin=secrets["one that was replaced"].encode())
    tento("account", "connect", "net", "--id", "old", "--no-check", "--secret-stdin", stdin=b"busy")
    server = Host()
    events, heard = server.events(), []

    def listen():
        try:
            while (event := events.next()) is not None:
                heard.append(event)
        except (OSError, ValueError, AttributeError):
            pass

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    ask(server, "POST", "/api/accounts/connect",
        json.dumps({"provider": "net", "id": "bad", "secret": secrets["by the API"], "no-check": True}))
    tento("account", "connect", "net", "--secret-stdin", stdin=secrets["a wrong one"].encode(), want=3)
    tento("account", "connect", "net", "--id", "bad2", "--no-check", "--secret-stdin", stdin=secrets["a wrong one"].encode())
    for account, want in (("me", 0), ("bad", 3), ("bad2", 3), ("old", 4)):
        tento("row", "sync", f":~net:{account}:items", want=want)
    tento("row", "post", ":~net:me:items", "--body-file", "-", stdin=b'{"a":1}')
    tento("key", "rotate")
    tento("row", "sync", ":~net:me:items")
    check("events were told", heard)

    # ---- everything that can be read
    for path in ("/api/accounts", "/api/rows", "/api/rows/:~net:me:items/cells", "/api/runs", "/api/changes", "/api/config",
                 "/api/doctor", "/api/audit", "/api/keys", "/api/providers/net", "/api/users/me/export", "/api/store/dump",
                 "/openapi.json", "/metrics", "/"):
        ask(server, "GET", path)
    for path in ("/api/rows/:~net:nobody:items/cells", "/api/nothing"):
        ask(server, "GET", path, want=404)
    for command in (["account", "list"], ["run", "list"], ["audit", "list"], ["config", "show"], ["doctor"], ["store", "dump"],
                    ["user", "export", "me"], ["key", "list"], ["row", "get", ":~net:me:items"]):
        tento(*command)
    same("how the host ended", 0, server.end())
    memory_forgets()
    watch.enough.set()
    watch.join()

    # ---- nothing of it is anywhere
    asked = [json.loads(line) for line in requests.read_text().splitlines()]
    check("the right one reached its service", any(r["right"] for r in asked))
    check("wrong ones reached it, too", not all(r["right"] for r in asked))
    for where, text in printed:
        look(where, text)
    look("events", repr(heard).encode())
    log = server.said().encode()
    check("the log is talkative", len(log) > 300, len(log))
    look("the log", log)
    check("arguments were seen", any(b"\0serve\0" in text for text in watch.seen))
    look("arguments and environments", b"\n".join(watch.seen))
    files = [path for path in data.rglob("*") if path.is_file()]
    check("the store is among the files", data / "store.sqlite" in files)
    for path in files:
        look(str(path.relative_to(data)), path.read_bytes())
finally:
    service.kill()
    service.wait()
finish()
