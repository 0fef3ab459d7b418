# SPDX-License-Identifier: Apache-2.0
"""Writes that are to be done once, or to one version: keys sent again and by many at once, across restarts and kills."""
import json
import signal
import threading

from host import Host, check, comes_true, environment, finish, must, prepare, run, same, work

prepare("sample")
trace = work / "trace"
trace.touch()
environment["SAMPLE_TRACE"] = str(trace)
must("account", "connect", "sample", "--integration", "Sample", "--id", "one", "--set", "root=/", "--no-check")
host = Host()
cells = "/api/rows/:~sample:one:events/cells"


def executed(what="post"):
    return trace.read_text().split().count(what)


def post(key, body='{"title":"once"}', path=cells, **more):
    status, headers, answer = host.ask("POST", path, body, Idempotency_Key=key, Content_Type="application/json", **more)
    return status, headers.get("idempotency-replayed"), json.loads(answer)


# ---- a hundred at once
answers, begin = [], threading.Barrier(100)


def one():
    begin.wait()
    answers.append(post("hundred"))


threads = [threading.Thread(target=one) for _ in range(100)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
same("all are answered", [200] * 100, [status for status, _, _ in answers])
same("the same", 1, len({json.dumps(answer, sort_keys=True) for _, _, answer in answers}))
same("one of them by doing it", [None], [replayed for _, replayed, _ in answers if replayed != "true"])
same("the provider did it once", 1, executed())
same("without a key each is a write", 200, host.ask("POST", cells, '{"title":"twice"}')[0])
same("so the provider is asked again", 2, executed())

# ---- across a restart
same("the host ends", 0, host.end())
host = Host()
again = post("hundred")
same("it is answered as before", (200, "true", answers[0][2]), again)
same("and not done", 2, executed())

# ---- the same key for something else
status, _, problem = post("hundred", '{"title":"other"}')
same("another body is refused", (409, "idempotency_key_reused"), (status, problem["code"]))
same("another path, too", 409, post("hundred", path="/api/rows/:~sample:two:events/cells")[0])
same("nothing was done", 2, executed())

# ---- what is kept, and what is not
status, replayed, problem = post("refused", '{"title":"refuse"}')
same("the provider refuses", (422, None), (status, replayed))
same("and is not asked again", (422, "true", problem), post("refused", '{"title":"refuse"}'))
same("once", 3, executed())
late = "/api/rows/:~sample:late:events/cells"
same("an account that is not there", (404, None), post("early", path=late)[:2])
must("account", "connect", "sample", "--integration", "Sample", "--id", "late", "--set", "root=/", "--no-check")
same("is there the next time, and nothing was kept", (200, None), post("early", path=late)[:2])
same("done", 4, executed())

# ---- killed while the provider does it
trace.write_text("")
broken = []


def lost():
    try:
        broken.append(post("killed", '{"title":"linger"}'))
    except Exception as error:  # the connection ends without an answer
        broken.append(error)


waiting = [threading.Thread(target=lost) for _ in range(60)]
for thread in waiting:
    thread.start()
comes_true("the provider was asked", lambda: executed() == 1)
# More of them than there are workers: they wait for the first one, and no worker waits with them.
same("another write is done meanwhile", 200, host.ask("POST", cells, '{"title":"meanwhile"}')[0])
same("while all of them wait", [], broken)
same("killed", -signal.SIGKILL, host.end(signal.SIGKILL))
for thread in waiting:
    thread.join()
check("the clients know nothing", all(isinstance(each, Exception) for each in broken), broken)
host = Host()
status, _, problem = post("killed", '{"title":"linger"}')
same("nor does the host, and says so", (409, "idempotency_unknown"), (status, problem["code"]))
same("it was not done again", 2, executed())

# ---- killed after it: whatever the client saw, the provider is asked once
for turn in range(6):
    trace.write_text("")
    key = f"turn{turn}"
    got = []

    def write():
        try:
            got.append(post(key))
        except Exception:  # the connection ended without an answer
            pass

    writer = threading.Thread(target=write)
    writer.start()
    comes_true("the provider was asked", lambda: executed() == 1)
    host.end(signal.SIGKILL)
    writer.join()
    host = Host()
    status, replayed, answer = post(key)
    known = status == 200 and replayed == "true"
    check("it is answered as it was, or not known", known or (status == 409 and answer["code"] == "idempotency_unknown"),
          (status, replayed, answer))
    check("who had an answer has it again", not got or (known and got[0][2] == answer), (got, answer))
    same("the provider was not asked again", 1, executed())

# ---- one version
path = cells + "?id=e1"
write = {"body": '{"title":"mine"}', "Content_Type": "application/json"}
same("without a version", 200, host.ask("PATCH", path, **write)[0])
same("the provider's version", 200, host.ask("PATCH", path, If_Match='"v1"', **write)[0])
trace.write_text("")
for version in ('"v0"', "v0"):
    status, _, answer = host.ask("PATCH", path, If_Match=version, **write)
    same("another version", (412, "precondition_failed"), (status, json.loads(answer)["code"]))
same("a sync", 200, host.ask("POST", "/api/rows/:~sample:one:events/sync", Prefer="wait=60")[0])
one = "/api/rows/:~sample:one:events/cells/"
status, headers, body = host.get(one + "e1")
same("one cell with its version", (200, "v1", '"v1"'), (status, json.loads(body)["version"], headers["etag"]))
same("which a reader that has it is not sent again", 304, host.get(one + "e1", If_None_Match=headers["etag"])[0])
status, headers, _ = host.ask("HEAD", one + "e1")
same("HEAD says the same", ('"v1"', str(len(body))), (headers["etag"], headers["content-length"]))
same("a cell that there is not", 404, host.get(one + "nobody")[0])
odd = host.get(one + "e2")[1]["etag"]
same("a version that is no text", '"%FF%22v%2C%0A%2541"', odd)
for tags, wanted in ((odd, 200), ('"v0", ' + odd, 200), ("*", 200), ('"v1"', 412), ('W/' + odd, 412), ('""', 412),
                     ('"v0", "v2"', 412), ('"%zz"', 400)):
    same(f"If-Match: {tags}", wanted, host.ask("PATCH", cells + "?id=e2", If_Match=tags, **write)[0])
same("* is of no cell that is not there", 412, host.ask("PATCH", cells + "?id=nobody", If_Match="*", **write)[0])
change = [c for c in host.json("/api/changes")["changes"] if c["id"] == "e2"][-1]
same("changes tell versions", "%FF%22v%2C%0A%2541", change["version"])
code, _, said = run("row", "patch", ":~sample:one:events", "--id", "e1", "--if-version", "v0", "--body-file", "-", stdin=b"{}")
check("so by command", code == 1 and "version" in said, (code, said))
# ---- what is not JSON is not taken for it, and the answer says what is
for kind, want in (("text/plain", 415), ("multipart/form-data; boundary=x", 415), ("application/xml", 415),
                   ("application/json; charset=utf-8", 200), ("application/vnd.thing+json", 200), ("APPLICATION/JSON", 200)):
    status, fields, answer = host.ask("POST", cells, '{"title":"of some kind"}', Content_Type=kind)
    same(f"a body of the type {kind}", want, status)
    if want == 415:
        same("the types that are taken", "application/json", fields.get("accept-post", "").split(",")[0].strip())
        same("its kind", "/errors/unsupported_media_type", json.loads(answer)["type"])

same("the host ends", 0, host.end())
finish()
