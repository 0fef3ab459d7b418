# SPDX-License-Identifier: Apache-2.0
"""The provider's sign-in with a strict OAuth server that others wrote: scopes, PKCE, refresh tokens that are good once, many
syncs at a time, and a grant that ends.

Called as: oidc.py TENTO FOLDER: the program, and the folder with the provider.
"""
import concurrent.futures
import datetime
import http.client
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "accounts"))
from service import Browser, Service, modules, node  # noqa: E402
from host import Host, check, comes_true, environment, finish, must, prepare, run, same, tento, work, write_config  # noqa: E402


class Whoop(Service):
    """oidc-provider with the stub of the API behind it."""

    def __init__(self):
        if not (modules / "oidc-provider").is_dir():
            finish("tests/peers is not installed: run scripts/setup --test")
        self.log = open(work / "service.log", "ab")
        self.process = subprocess.Popen(
            [str(node), str(here / "oidc.mjs"), str(modules), str(here.parents[2] / "plugins/whoop/tests/service.mjs")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        while line and not line.startswith("{"):
            line = self.process.stdout.readline()
        if not line:
            finish("oidc-provider did not begin: " + (work / "service.log").read_text()[-800:])
        said = json.loads(line)
        self.issuer, self.secret = said["issuer"], said["secret"]

    def config(self):
        (work / "client.secret").write_text(self.secret + "\n")
        return (f'[providers.whoop]\nclient_id = "client-of-the-tests"\nclient_secret_file = "client.secret"\n'
                f'[providers.whoop.endpoints]\n"https://api.prod.whoop.com" = "{self.issuer}"\n')

    def stub(self, command, **body):
        connection = http.client.HTTPConnection(self.issuer.split("//")[1], timeout=30)
        connection.request("POST", "/stub/" + command, json.dumps(body))
        return json.loads(connection.getresponse().read() or "null")


prepare("whoop")
service = Whoop()
write_config(service.config())
today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
service.stub("seed", days=20, last=today, offset="Z")
rows = [f":~whoop:4711:{name}" for name in ("sleep", "recovery", "cycles", "workouts")]


def account():
    listed = json.loads(must("account", "list", "--output", "json"))
    return listed[0] if listed else {}


def connect(*arguments):
    """`tento account connect whoop` with a person at a browser: (exit code, what it said, the last page, the first request)."""
    process = subprocess.Popen([tento, "account", "connect", "whoop", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=environment)
    said, link = "", None
    while link is None:
        line = process.stderr.readline()
        if not line:
            finish(f"account connect gave no link: {said} {process.stdout.read()}")
        said += line
        found = re.match(r"^  (http\S+)$", line)
        link = found.group(1) if found else None
    browser = Browser()
    _, _, page = browser.sign_in(link, "mo")
    out, rest = process.communicate(timeout=60)
    asked = next(u for _, u, _ in browser.seen if u.startswith(service.issuer + "/oauth/oauth2/auth?"))
    return process.returncode, said + out + rest, page, dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(asked).query))


# ---- signing in
code, said, page, asked = connect()
check("the account is connected", code == 0 and "whoop is connected as mo@example.com" in (page or ""), said + str(page))
same("with PKCE", "S256", asked.get("code_challenge_method"))
check("and a state that nobody guesses", len(asked.get("state", "")) >= 16, asked)
same("for each scope once", sorted(["offline", "read:profile", "read:sleep", "read:recovery", "read:cycles", "read:workout"]),
     sorted(asked.get("scope", "").split()))
same("the account is the service's user", ("4711", "mo@example.com", "active"),
     (account().get("id"), account().get("label"), account().get("state")))
for row in rows:
    must("row", "sync", row, "--stage", "stage1")
same("nobody has refreshed anything", 0, service.state()["refreshes"])

# ---- access that has ended: each refresh token is good once, and the new one is kept
service.set(told=1)
code, said, page, _ = connect("--id", "4711")
check("the same account again", code == 0, said)
for count in (1, 2, 3):
    time.sleep(1.1)  # at least what was told
    must("row", "sync", rows[0], "--stage", "stage1")
    same(f"refresh {count}", count, service.state()["refreshes"])
same("no refresh token came twice", [], service.state()["refused"])

# ---- many at once, beside a running host: one refresh serves them
time.sleep(1.1)
service.set(told=3600)
host = Host()


def sync(row):
    status, _, body = host.ask("POST", f"/api/rows/{urllib.parse.quote(row, safe='')}/sync?stage=stage1", Prefer="wait=120")
    said = json.loads(body)
    runs = said.get("runs", [])
    return "ok" if status == 200 and [run["status"] for run in runs] == ["ok"] else (status, said)


before = service.state()["refreshes"]
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    same("four rows at once", ["ok"] * 4, list(pool.map(sync, rows)))
same("one refresh for all", before + 1, service.state()["refreshes"])
same("and still none came twice", [], service.state()["refused"])

# ---- an account that the service refuses says so, with the provider's own word, and keeps its data
service.set(refuse=True)
cells = must("row", "get", rows[0], "--output", "jsonl").decode().splitlines()
sync(rows[0])
comes_true("the account needs to be connected again", lambda: account().get("state") == "needs_reauth")
for row in rows[:2]:
    check(f"{row} says so with the provider's own word", "whoop_auth_expired" in json.dumps(sync(row)), sync(row))
same("its data stays", cells, must("row", "get", rows[0], "--output", "jsonl").decode().splitlines())
service.set(refuse=False)
code, said, page, _ = connect("--id", "4711")
check("connected again", code == 0 and account().get("state") == "active", said)
same("and it goes on", "ok", sync(rows[0]))

for secret in (service.secret, "Bearer "):
    shown = b"".join(must(*what) for what in (("account", "list", "--output", "json"), ("run", "list", "--output", "json")))
    check("no secret is shown", secret.encode() not in shown)
host.end()
service.end()
finish()
