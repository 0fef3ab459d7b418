# SPDX-License-Identifier: Apache-2.0
"""Connects an account by the browser's flow: runs `tento account connect google`, and does what a person does with its link.

Called as: connect.py TENTO API. Prints what the program said.
"""
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

tento, api = sys.argv[1:3]

class Cookies(urllib.request.BaseHandler):
    """Kept by name alone: one service is visited."""
    kept = {}

    def http_request(self, request):
        if self.kept:
            request.add_unredirected_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.kept.items()))
        return request

    def http_response(self, _, response):
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.kept[name] = value
        return response


browser = urllib.request.build_opener(Cookies)
connecting = subprocess.Popen([tento, "account", "connect", "google"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
said, link = "", None
while link is None:
    line = connecting.stderr.readline()
    if not line:
        sys.exit(said + connecting.stdout.read())
    said += line
    found = re.match(r"^\s+(http\S+)$", line)
    link = found.group(1) if found else None


def follow(url, form=None):
    try:
        return browser.open(url, form, timeout=30)
    except urllib.error.HTTPError as refused:
        sys.exit(f"{refused.url} was answered {refused.code}: {refused.read().decode()[-600:]}")


page = follow(link)
if page.url.startswith(api + "/o/oauth2/v2/auth"):  # the emulation asks who it is
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))
    follow(api + "/o/oauth2/v2/auth/callback", urllib.parse.urlencode({**asked, "email": "me@example.com"}).encode())
out, rest = connecting.communicate(timeout=60)
print(said + rest + out)
sys.exit(connecting.returncode)
