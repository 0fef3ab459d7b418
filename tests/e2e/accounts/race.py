# SPDX-License-Identifier: Apache-2.0
"""Twenty threads and two openers of one vault at the end of a credential, against a strict server that others wrote: it takes
each refresh token once, and ends the whole grant when one comes twice."""
import base64
import hashlib
import json
import secrets
import subprocess
import sys
import urllib.parse

race = sys.argv.pop(3)
from service import Browser, Service  # noqa: E402
from host import check, finish, same, work  # noqa: E402

service = Service()


def token(**form):
    status, _, text, _ = Browser().ask("POST", service.issuer + "/token", {"client_id": "tento", "client_secret": service.secret, **form})
    return status, json.loads(text)


verifier = secrets.token_urlsafe(32)
query = {"response_type": "code", "client_id": "tento", "redirect_uri": "http://127.0.0.1/oauth/callback", "state": "s",
         "scope": "openid offline_access things", "prompt": "consent", "code_challenge_method": "S256",
         "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")}
where, _, _ = Browser().sign_in(service.issuer + "/auth?" + urllib.parse.urlencode(query), "ada", until=query["redirect_uri"])
code = urllib.parse.parse_qs(urllib.parse.urlsplit(where).query)["code"][0]
status, granted = token(grant_type="authorization_code", code=code, redirect_uri=query["redirect_uri"], code_verifier=verifier)
same("a grant is there", 200, status)

done = subprocess.run([race, service.issuer + "/token"], capture_output=True, text=True, timeout=120,
                      input=f"{service.secret}\n{granted['access_token']}\n{granted['refresh_token']}\n")
if not check("the race is run", done.returncode == 0, done.stderr):
    finish()
well, different, kept = done.stdout.split()
same("all of them get the one new token", ("20", "1"), (well, different))
same("by one refresh", 1, service.state()["refreshes"])
status, _ = token(grant_type="refresh_token", refresh_token=kept)
same("and the grant is alive: the refresh token that is stored is good", 200, status)
status, said = token(grant_type="refresh_token", refresh_token=granted["refresh_token"])
same("while the old one would have ended it", (400, "invalid_grant"), (status, said.get("error")))
service.end()
finish()
