# SPDX-License-Identifier: Apache-2.0
"""Accounts by OAuth 2.0, from the link to the refresh, the refusal, the second connection and the revocation: a provider that
a stranger wrote, and a strict server that others wrote."""
import json
import re
import subprocess
import threading
import time
import urllib.parse

from service import Browser, Service
from host import Host, check, comes_true, environment, finish, must, prepare, run, same, tento, work, write_config

prepare("myservice")
service = Service()
service.set(things=[{"id": "t1", "date": "ymd-2026-05-01", "name": "first"}, {"id": "t2", "date": "ymd-2026-05-02", "name": "second"}])


def accounts():
    return {a["id"]: a for a in json.loads(must("account", "list", "--output", "json"))}


class Connecting:
    """A `tento account connect` under way: its link, or the code to type."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([tento, "account", "connect", "myservice", *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment)
        self.said = ""
        self.link = self.code = None
        while not (self.link or self.code):
            line = self.process.stderr.readline()
            if not line:
                self.process.wait()
                finish(f"account connect gave no link: {self.said} {self.process.stdout.read()}")
            self.said += line
            found = re.match(r"^  (http\S+)$", line)
            self.link = found.group(1) if found else None
            found = re.match(r"^  ([A-Z0-9-]{4,})$", line)
            self.code = found.group(1) if found else None

    def end(self):
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, self.said + err


# ---- what an operator has not done yet is said before anybody is sent anywhere
code, _, err = run("account", "connect", "myservice")
check("without a client the configuration is wrong", code == 78, (code, err))
check("and it says what to write", "client_id and client_secret_file under [providers.myservice]" in err, err)
write_config(service.config())

# ---- a terminal: no host runs, so the command listens itself
connecting = Connecting()
check("the link is on this machine", connecting.link.startswith("http://127.0.0.1:"), connecting.link)
url, status, page = Browser().sign_in(connecting.link, "ada")
check("the browser ends on our page", status == 200 and "Connected" in page and "ada@myservice.example" in page, page)
code, out, err = connecting.end()
check("and the command ends well", code == 0, err)
ada = accounts().get("ada", {})
same("the account has its name from the service", ("active", "ada@myservice.example"), (ada.get("state"), ada.get("label")))
check("it says when its access ends", bool(ada.get("expires")), ada)
check("the scopes are known", "things" in (ada.get("scopes") or ""), ada)
must("row", "sync", ":~myservice:ada:things")
cells = must("row", "get", ":~myservice:ada:things", "--output", "jsonl").decode().splitlines()
same("its things are there", ["first", "second"], [json.loads(c)["data"]["name"] for c in cells])
same("nobody has refreshed anything", 0, service.state()["refreshes"])

# ---- beside a running host the host does it, and an app by HTTP
host = Host()
events = []


def listen():
    connection = host.connection()
    connection.request("GET", "/api/events")
    answer = connection.getresponse()
    while line := answer.readline():
        events.append(line.decode().strip())


threading.Thread(target=listen, daemon=True).start()


def begin(**fields):
    status, _, body = host.ask("POST", "/api/accounts/connect", body=json.dumps({"provider": "myservice", **fields}),
                               Content_Type="application/json")
    return status, json.loads(body)


def sync(key):
    """The status of the one run."""
    status, _, body = host.ask("POST", f"/api/rows/{key}/sync", Prefer="wait=120")
    said = json.loads(body)
    return said["runs"][0]["status"] if status == 200 and said.get("runs") else (status, said)


status, begun = begin()
check("an app gets a link", status == 202 and begun.get("state") == "connecting" and begun.get("id") is None, begun)
check("on this server", begun["link"].startswith(host.url + "/oauth/start?ticket="), begun)
browser = Browser()
url, status, page = browser.sign_in(begun["link"], "bob")
check("which connects bob", status == 200 and "bob@myservice.example" in page, page)
same("bob is there", "active", accounts().get("bob", {}).get("state"))
comes_true("the events tell of it", lambda: any('"bob"' in line for line in events))
callback = next(u for m, u, s in browser.seen if u.startswith(host.url + "/oauth/callback"))
status, _, page, headers = browser.ask("GET", callback)
check("the same answer again is none", status == 400 and "oauth_state_unknown" in page, page)
same("the page is kept nowhere and framed nowhere", ("no-store", "DENY", "no-referrer"),
     (headers.get("Cache-Control"), headers.get("X-Frame-Options"), headers.get("Referrer-Policy")))
check("and runs no script but its own", "script-src 'sha256-" in headers.get("Content-Security-Policy", ""), headers)
status, _, page, _ = browser.ask("GET", begun["link"])
check("the link is good once", status == 400 and "oauth_link_invalid" in page, page)


# ---- what goes wrong on the way
def reach_callback(**fields):
    """A browser that was at the service, and the address it was sent back to, not followed."""
    _, begun = begin(**fields)
    browser = Browser()
    where, _, _ = browser.sign_in(begun["link"], "eve", until=host.url + "/oauth/callback")
    return browser, where


def refused(what, browser, url, tag, status=400):
    seen, _, page, _ = browser.ask("GET", url)
    check(what, seen == status and tag in page, (seen, page[-500:]))


browser, where = reach_callback()
query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(where).query))
check("the service says who it is", query.get("iss") == service.issuer, query)
bare = where.split("?")[0]
refused("no state", browser, bare + "?code=" + query["code"], "oauth_state_missing")
refused("a wrong state", browser, bare + "?state=wrong&code=" + query["code"], "oauth_state_unknown")
refused("two states", browser, where + "&state=x", "oauth_bad_query")
refused("an escape that is none", browser, bare + "?state=%zz", "oauth_bad_query")
refused("another browser", Browser(), where, "oauth_other_browser")
refused("which ended it", browser, where, "oauth_state_unknown")
browser, where = reach_callback()
refused("another issuer", browser, re.sub(r"iss=[^&]*", "iss=https%3A%2F%2Fevil.example", where), "oauth_wrong_issuer")
browser, where = reach_callback()
refused("a code that is none", browser, re.sub(r"code=[^&]*", "code=guessed", where), "oauth_code_refused")
browser, where = reach_callback()
query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(where).query))
refused("access that was denied", browser,
        bare + "?" + urllib.parse.urlencode({"error": "access_denied", "state": query["state"], "iss": query["iss"]}),
        "oauth_denied", 403)
check("eve is nobody", "eve" not in accounts())
same("a path that leads elsewhere is refused", 400, begin(**{"return": "//evil.example/"})[0])
status, begun = begin(**{"return": "/accounts?x=1"})
_, status, page = Browser().sign_in(begun["link"], "carol")
check("one of ours is where the last page leads", status == 200 and 'href="/accounts?x=1"' in page, page)
status, problem = begin(set=["colour=NO"])
check("settings that fail their pattern are told at once", status == 400 and "colour" in problem.get("detail", ""), problem)

# ---- a flow survives the host
_, begun = begin(label="Dan")
same("the host ends", 0, host.end())
host = Host("--listen", host.address)
_, status, page = Browser().sign_in(begun["link"], "dan")
check("and the next one connects", status == 200, page)
same("with what was asked for", "Dan", accounts().get("dan", {}).get("label"))

# ---- access that has ended, a service that takes each refresh token once, and many who want it at once
for many in (1, 8, 8):
    service.set(told=1)
    _, begun = begin(**({"id": "fay"} if "fay" in accounts() else {}))
    _, status, page = Browser().sign_in(begun["link"], "fay")
    check("fay is connected", status == 200, page)
    service.set(told=None)
    time.sleep(1.1)  # at least what was told
    before = service.state()["refreshes"]
    ends = []
    threads = [threading.Thread(target=lambda: ends.append(sync(":~myservice:fay:things"))) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same("the syncs work after the end of the token", ["ok"] * many, ends)
    same("by one refresh", before + 1, service.state()["refreshes"])
same("fay lives on", "active", accounts()["fay"]["state"])
same("and her things come", "ok", sync(":~myservice:fay:things"))
check("and it is known when her access was renewed", bool(accounts()["fay"]["refreshed"]))

# ---- refused for good: needs_reauth, data kept, connected again with everything as it was
must("row", "sync", ":~myservice:bob:things")
service.set(refuse=True)
before = service.state()["refreshes"]
same("a service that takes no token fails the run", "failed", sync(":~myservice:bob:things"))
same("after one refresh", before + 1, service.state()["refreshes"])
bob = accounts()["bob"]
same("and the account says what it needs", "needs_reauth", bob["state"])
check("why", "refuses" in (bob["problem"] or ""), bob)
check("and what to do", "tento account connect myservice --id bob" in (bob["next"] or ""), bob)
service.set(refuse=False)
connecting = Connecting("--id", "bob")
_, status, page = Browser().sign_in(connecting.link, "ada")
check("somebody else cannot take bob's place", status == 409 and "oauth_other_account" in page, page)
code, _, err = connecting.end()
check("and the command says so", code != 0 and "not the account" in err, err)
connecting = Connecting("--id", "bob")
_, status, page = Browser().sign_in(connecting.link, "bob")
check("bob can", status == 200, page)
same("and the command ends well", 0, connecting.end()[0])
same("bob is active again", "active", accounts()["bob"]["state"])
same("with his things", 2, len(must("row", "get", ":~myservice:bob:things", "--output", "jsonl").splitlines()))
same("and they sync", "ok", sync(":~myservice:bob:things"))

# ---- a device that has no browser
connecting = Connecting("--device")
browser = Browser()
url, status, page = browser.go(service.issuer + "/device")
url, status, page = browser.submit(url, page, user_code=connecting.code)
for _ in range(5):
    if 'value="login"' in page:
        url, status, page = browser.submit(url, page, login="gus", password="x")
    elif "<form" in page:
        url, status, page = browser.submit(url, page, confirm="yes")
code, out, err = connecting.end()
check("the device is connected", code == 0, err + page[-300:])
same("as gus", ("active", 1), (accounts().get("gus", {}).get("state"), service.state()["devices"]))

# ---- a pasted token does as well, and is tried before it is saved
code, _, err = run("account", "connect", "myservice", "--id", "pat", "--secret-stdin", stdin=b"pasted-token-of-pat\n")
check("a token that does not work is not saved", code != 0 and "pat" not in accounts(), err)
must("account", "connect", "myservice", "--id", "pat", "--secret-stdin", "--no-check", stdin=b"pasted-token-of-pat\n")
same("unless nobody looks", "active", accounts()["pat"]["state"])

# ---- the end: the service is told
before = service.state()["revocations"]
must("account", "disconnect", "ada")
same("the service heard that ada left", before + 1, service.state()["revocations"])
check("and ada is gone", "ada" not in accounts())
service.end()
code, _, err = run("account", "disconnect", "bob")
check("a service that cannot be told is told of", code == 0 and "take the access away there" in err, err)
check("and keeps nobody", "bob" not in accounts())

# ---- none of the secrets lies anywhere
everything = host.said() + "".join(events)
for planted in (service.secret, "pasted-token-of-pat"):
    check("it is in no log and no event", planted not in everything)
    for path in (work / "data").rglob("*"):
        if path.is_file() and path.suffix != ".so":
            check(f"nor in {path.name}", planted.encode() not in path.read_bytes())
same("the host ends", 0, host.end())
finish()
