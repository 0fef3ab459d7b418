# SPDX-License-Identifier: Apache-2.0
"""A running host for tests of its faces: a folder of its own, the program under a clean environment, checks that are counted.

Called as TEST.py TENTO FIXTURES GIT: the program, the folder of the fixtures' providers, the folder of the git provider.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

tento, fixtures, git_folder = sys.argv[1:4]
work = pathlib.Path(tempfile.mkdtemp(prefix="tento-server-"))
data = work / "data"
config = work / "tento.toml"
checks = 0
failed = []
longest_wait = 60

environment = {
    "PATH": os.environ["PATH"], "HOME": str(work / "home"), "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "ada",
    "TENTO_DATA_DIR": str(data), "TENTO_CONFIG": str(config),
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
}
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
    if name in os.environ:
        environment[name] = os.environ[name]


def check(what, holds, seen=""):
    """Counts it; what does not hold is said and makes the test fail at its end."""
    global checks
    checks += 1
    if not holds:
        failed.append(what)
        print(f"FAILED: {what}: {str(seen)[:600]}", flush=True)
    return bool(holds)


def same(what, expected, got):
    return check(what, expected == got, f"{got!r} is not {expected!r}")


def comes_true(what, holds):
    """Waits for it, generously."""
    end = time.monotonic() + longest_wait
    while not holds():
        if time.monotonic() > end:
            return check(what, False, "it did not come")
        time.sleep(0.02)
    return check(what, True)


def write_config(text="", open_loopback=True, more=""):
    plugins = [str(work / "plugins")]
    config.write_text(f"plugin_dirs = {json.dumps(plugins)}\n[server]\nlisten = \"127.0.0.1:0\"\n"
                      f"open_loopback = {str(open_loopback).lower()}\n{text}{more}")


def prepare(*providers):
    (work / "home").mkdir()
    (work / "plugins").mkdir(mode=0o755)
    for provider in providers:
        place = pathlib.Path(git_folder if provider == "git" else fixtures) / f"tento-{provider}.so"
        shutil.copy(place, work / "plugins")
    write_config()


def run(*arguments, stdin=None):
    """The program to its end: (exit code, standard output, standard error)."""
    done = subprocess.run([tento, *arguments], input=stdin, capture_output=True, env=environment, timeout=300)
    return done.returncode, done.stdout, done.stderr.decode()


def must(*arguments, stdin=None):
    code, out, err = run(*arguments, stdin=stdin)
    if code != 0:
        finish(f"tento {' '.join(arguments)} ended with {code}: {err}")
    return out


def repository(path, commits):
    """A line of commits, an hour apart, by git fast-import."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True, env=environment)
    lines = []
    for i in range(commits):
        message = f"change {i}: \u00fc, \"quotes\"; a, b\n\nmore of it"
        when = f"{1700000000 + i * 3600} +0100"
        lines += [f"commit refs/heads/main\nauthor Ada <ada@example.org> {when}\ncommitter Ada <ada@example.org> {when}",
                  f"data {len(message.encode())}\n{message}", f"M 100644 inline f{i % 7}.txt\ndata {len(str(i))}\n{i}\n"]
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input="\n".join(lines).encode(), check=True, env=environment)


class Host:
    """`tento serve`, from its first line to its end."""

    def __init__(self, *arguments):
        self.log = open(work / "serve.log", "ab")
        self.process = subprocess.Popen([tento, "serve", *arguments], stdout=subprocess.PIPE, stderr=self.log,
                                        env=environment)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on http"):
            self.process.wait()
            finish(f"tento serve did not begin: {line} {self.said()}")
        self.url = line.split()[2]
        self.address = self.url.split("://")[1]

    def said(self):
        return (work / "serve.log").read_text()

    def connection(self):
        return http.client.HTTPConnection(self.address, timeout=longest_wait)

    def ask(self, method, path, body=None, connection=None, **headers):
        """(status, headers by small name, body as bytes)."""
        own = connection or self.connection()
        own.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = own.getresponse()
        fields = {}
        for name, value in answer.getheaders():  # fields that stand there again are one list (RFC 9110, 5.3)
            fields[name.lower()] = f"{fields[name.lower()]}, {value}" if name.lower() in fields else value
        got = answer.status, fields, answer.read()
        if connection is None:
            own.close()
        return got

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def json(self, path, **headers):
        status, _, body = self.get(path, **headers)
        if status != 200:
            check(f"GET {path}", False, f"{status} {body[:300]}")
            return {}
        return json.loads(body)

    def events(self, last=None, path="/api/events", **headers):
        return Events(self.connection(), last, path, **headers)

    def send(self, what):
        self.process.send_signal(what)

    def end(self, how=signal.SIGTERM):
        """Its exit code."""
        if how and self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout=longest_wait)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return f"did not end: {self.said()[-500:]}"


class Events:
    """A client of /api/events."""

    def __init__(self, connection, last=None, path="/api/events", **headers):
        self.connection = connection
        if last:
            headers["Last_Event_ID"] = last
        self.connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        self.answer = self.connection.getresponse()
        same("a stream of events", (200, "text/event-stream"), (self.answer.status, self.answer.getheader("content-type")))

    def next(self):
        """(event, id, data), a comment as (":", text, None), or None at the end; IncompleteRead if it is cut."""
        event = {"event": None, "id": None, "data": None}
        while True:
            line = self.answer.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            if line == "":
                if event["event"]:
                    return event["event"], event["id"], event["data"]
                continue
            if line.startswith(":"):
                return ":", line[1:].strip(), None
            name, _, value = line.partition(": ")
            event[name] = value

    def kill(self):
        self.connection.sock.close() if self.connection.sock else None
        self.answer.close()
        self.connection.close()


def finish(why=None):
    shutil.rmtree(work, ignore_errors=True)
    if why:
        print(f"FAILED: {why}", flush=True)
        os._exit(1)
    print(f"{checks} checks, {len(failed)} failed", flush=True)
    sys.exit(1 if failed else 0)
