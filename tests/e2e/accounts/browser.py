# SPDX-License-Identifier: Apache-2.0
"""A provider that is there as one file, connected in a real browser through the pages that all providers share: in a window of
its own and in the same one; then refreshed, revoked, and connected again. The program is not touched."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import time

from service import Service, here, modules, node
from host import Host, check, finish, must, prepare, same, tento, work, write_config

chromium = shutil.which("chromium") or shutil.which("chromium-browser")
if chromium is None or not (modules / "puppeteer-core").is_dir():
    finish("chromium or puppeteer-core is not installed: run scripts/setup --long")


def digest():
    return hashlib.sha256(pathlib.Path(tento).read_bytes()).hexdigest()


before = digest()
prepare("myservice")
service = Service()
service.set(things=[{"id": "t1", "date": "ymd-2026-05-01", "name": "first"}], told=1)
write_config(service.config())
host = Host()


def accounts():
    return {a["id"]: a for a in json.loads(must("account", "list", "--output", "json"))}


def sync(key):
    return json.loads(host.ask("POST", f"/api/rows/{key}/sync", Prefer="wait=120")[2])["runs"][0]["status"]


def browse(how, who, **fields):
    """What the page was told, or what the last page says."""
    _, _, body = host.ask("POST", "/api/accounts/connect", body=json.dumps({"provider": "myservice", **fields}),
                          Content_Type="application/json")
    link = json.loads(body)["link"]
    done = subprocess.run([str(node), str(here / "browser.mjs"), str(modules), chromium, host.url, link, how, who],
                          capture_output=True, text=True, timeout=120, env={"PATH": os.environ["PATH"], "HOME": str(work / "home")})
    if not check(f"the browser does its part ({how})", done.returncode == 0, done.stdout + done.stderr):
        return {}
    return json.loads(done.stdout.splitlines()[-1])


said = browse("popup", "ada")
same("the window tells the one that opened it, and closes",
     {"type": "tento.account", "ok": True, "provider": "myservice", "account": "ada", "code": ""}, said.get("news"))
check("it is closed", said.get("closed"), said)
same("ada is connected", "active", accounts().get("ada", {}).get("state"))
service.set(told=None)
time.sleep(1.1)  # at least what was told
same("her things come when her access has ended", "ok", sync(":~myservice:ada:things"))
check("since it was renewed", service.state()["refreshes"] >= 1)
service.set(refuse=True)
same("she is revoked", "failed", sync(":~myservice:ada:things"))
same("which is known", "needs_reauth", accounts()["ada"]["state"])
service.set(refuse=False)
said = browse("tab", "ada", id="ada", **{"return": "/healthz"})
check("the same tab ends on a page that says so", "is connected as ada@myservice.example" in said.get("text", ""), said)
same("and leads back to where she came from", host.url + "/healthz", said.get("back"))
same("she is active again", "active", accounts()["ada"]["state"])
same("and her things come", "ok", sync(":~myservice:ada:things"))
said = browse("deny", "bob")
same("a window that is denied tells it", (False, "oauth_denied"), ((said.get("news") or {}).get("ok"), (said.get("news") or {}).get("code")))
check("and stays open, to be read", "access was denied" in said.get("text", ""), said)
same("the program is the one it was", before, digest())
same("the host ends", 0, host.end())
service.end()
finish()
