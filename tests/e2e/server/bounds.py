# SPDX-License-Identifier: Apache-2.0
"""What callers can make grow has bounds: bodies before they are taken, connections; and a command beside a host that does not answer ends,
as does one whose files may not grow."""
import json
import resource
import signal
import socket
import subprocess

from host import Host, check, environment, finish, must, longest_wait, prepare, repository, run, same, tento, work, write_config

prepare("sample", "git")
repository(work / "repo", 20000)
must("account", "connect", "sample", "--integration", "Sample", "--id", "ok", "--set", "root=/", "--set", "mode=ok", "--no-check")
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
must("row", "sync", ":~git:repo:commits")
write_config(open_loopback=False)
reader = json.loads(must("token", "create", "--name", "one", "--scope", "read", "--output", "json"))["token"]

# ---- a file that may not grow is an error, not the end by a signal
limited = subprocess.run([tento, "row", "sync", ":~git:repo:commits:daily"], env=environment, capture_output=True, timeout=longest_wait,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
check("a command whose files may not grow ends with an error", limited.returncode > 0 and b"tento: " in limited.stderr,
      (limited.returncode, limited.stderr))

host = Host()


def head(method, path, *fields):
    """The status that is answered to a head alone: nothing of its body is sent."""
    client = socket.create_connection(host.address.split(":"))
    client.settimeout(longest_wait)
    client.sendall("\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host.address}", *fields, "", ""]).encode())
    return int(client.makefile("rb").readline().split()[1])


# ---- the head is judged before the body is taken
large = "Content-Length: 1000000"
post = "/api/rows/:~sample:ok:events/cells"
same("without a token", 401, head("POST", post, large))
same("no such path", 404, head("POST", "/api/nothing", large))
same("no such method", 405, head("POST", "/api/version", large))
same("without the right to it", 413, head("POST", post, large, f"Authorization: Bearer {reader}"))
same("where no body belongs", 413, head("GET", "/api/version", large, f"Authorization: Bearer {reader}"))
same("a page that anybody may see", 413, head("GET", "/", large))
client = socket.create_connection(host.address.split(":"))
client.sendall((f"PUT /api/nothing HTTP/1.1\r\nHost: {host.address}\r\n\r\n"
                f"GET /api/version HTTP/1.1\r\nHost: {host.address}\r\nTransfer-Encoding: chunked\r\n\r\n"
                f"0\r\nAuthorization: Bearer {reader}\r\n\r\n").encode())
answers = b""
client.settimeout(longest_wait)
while answers.count(b"HTTP/1.1 ") < 2 or not answers.endswith(b"}"):
    piece = client.recv(65536)
    if not piece:
        break
    answers += piece
check("a token behind the body is none", b"HTTP/1.1 401 " in answers, answers)

# ---- a host that does not answer
host.send(signal.SIGSTOP)
code, _, said = run("provider", "list")
host.send(signal.SIGCONT)
same("a command beside a host that is stopped ends", 1, code)
check("and says so", "does not answer" in said and "kill -CONT" in said, said)
same("and beside one that goes on it is answered", 0, run("provider", "list")[0])
same("the host ends", 0, host.end())

# ---- as many connections as files may be open
low = subprocess.Popen([tento, "serve"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
host.address = low.stdout.readline().decode().split("://")[1].strip()
idle = [socket.create_connection(host.address.split(":")) for _ in range(400)]
same("a host that is full still takes a command", 0, run("provider", "list")[0])
same("and a request", 200, head("GET", "/healthz"))
low.send_signal(signal.SIGTERM)
said = low.communicate(timeout=longest_wait)[1].decode()
same("it ends", 0, low.returncode)
same("that it was full is said once", 1, said.count("as many as may be"))
check("and that no file could be opened never", "Too many open files" not in said, said)
finish()
