# SPDX-License-Identifier: Apache-2.0
"""Long answers whose readers are slow: they hold no worker and do not keep the store's log, and they end at the next piece when their
token is revoked or the grant is removed that let their reader in."""
import json
import socket

from host import Host, check, comes_true, data, finish, longest_wait, must, prepare, repository, same, work, write_config

prepare("git")
repository(work / "repo", 20000)
for account in ("repo", "again"):
    must("account", "connect", "git", "--id", account, "--set", f"path={work / 'repo'}")
must("row", "sync", ":~git:repo:commits")
must("user", "add", "bob")
write_config(open_loopback=False)
owner = json.loads(must("user", "show", "--output", "json"))["name"]


def token(*arguments):
    made = json.loads(must(*arguments, "--output", "json"))
    return made["id"], made["token"]


reader_id, reader = token("token", "create", "--name", "one")
_, other = token("token", "create", "--name", "two", "--scope", "read", "--scope", "sync")
_, bobs = token("--owner", "bob", "token", "create", "--name", "bob's")
grant = json.loads(must("grant", "add", ":~git:repo", "--to", "bob", "--output", "json"))["id"]
host = Host()
path = "/api/rows/:~git:repo:commits/cells.jsonl"
foreign = f"/api/rows/[{owner}]:~git:repo:commits/cells.jsonl"


class SlowReader:
    """Has begun to read an answer, through a small window."""

    def __init__(self, whose, where=path):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(longest_wait)
        self.socket.connect((host.address.split(":")[0], int(host.address.split(":")[1])))
        self.socket.sendall(f"GET {where} HTTP/1.1\r\nHost: {host.address}\r\nAuthorization: Bearer {whose}\r\n\r\n".encode())
        self.begun = b""
        while b"\r\n" not in self.begun:
            self.begun += self.socket.recv(64)
        self.status = int(self.begun.split()[1])

    def rest(self):
        """Whether the answer came to its end, and how much of it came."""
        got, tail = len(self.begun), self.begun
        try:
            while piece := self.socket.recv(65536):
                got, tail = got + len(piece), (tail + piece)[-16:]
                if tail.endswith(b"\r\n0\r\n\r\n"):
                    return True, got
        except ConnectionResetError:
            pass
        return False, got


# ---- no worker waits for a reader
readers = [SlowReader(reader) for _ in range(72)]
statuses = [each.status for each in readers]
same("one caller reads so many at once", (64, 8), (statuses.count(200), statuses.count(429)))
same("another's sync and its reads go on", 200, host.ask("POST", "/api/rows/:~git:again:commits/sync", "{}", Prefer="wait=60",
                                                          Authorization=f"Bearer {other}")[0])
status, _, whole = host.get(path, Authorization=f"Bearer {other}")
same("a long read, too", (200, 20000), (status, whole.count(b"\n")))
log = (data / "store.sqlite-wal").stat().st_size
check("the log of the store did not wait for them", log < 16 << 20, log)
same("who reads on gets all of it", [True] * 3, [each.rest()[0] for each in readers[:3]])
for each in readers[3:]:
    each.socket.close()
comes_true("whoever has gone leaves the place", lambda: SlowReader(reader).status == 200)

# ---- who may not read any more
slow, plain, theirs = SlowReader(reader), SlowReader(other), SlowReader(bobs, foreign)
same("they have begun", [200] * 3, [slow.status, plain.status, theirs.status])
must("token", "revoke", reader_id)
ended, got = slow.rest()
check("a revoked token ends a long answer in the middle", not ended and got < len(whole), (ended, got, len(whole)))
must("grant", "remove", str(grant))
ended, got = theirs.rest()
check("so does a grant that is removed", not ended and got < len(whole), (ended, got, len(whole)))
same("another's goes on to its end", True, plain.rest()[0])
same("the host ends", 0, host.end())
finish()
