# SPDX-License-Identifier: Apache-2.0
"""Descriptors of a host that serves, syncs and is connected to: no program that a provider starts inherits one."""
import os
import pathlib
import socket
import ssl
import subprocess

from host import Host, check, data, finish, must, prepare, repository, same, work, write_config

prepare("sample", "git")
repository(work / "repo", 50)
must("account", "connect", "git", "--id", "repo", "--set", f"path={work / 'repo'}")
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", work / "key.pem", "-out", work / "cert.pem"],
               check=True, capture_output=True)
write_config(f'certificate = "{work}/cert.pem"\nprivate_key = "{work}/key.pem"\n')
host = Host()
process = host.process.pid

# Connections of each kind: over TLS, one that has said nothing yet, and the local one that commands use.
trust = ssl.create_default_context(cafile=str(work / "cert.pem"))
name, port = host.address.rsplit(":", 1)
secure = trust.wrap_socket(socket.create_connection((name, int(port))), server_hostname=name)
secure.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host.address}\r\n\r\n".encode())
check("it answers", secure.recv(100).startswith(b"HTTP/1.1 200"))
silent = socket.create_connection((name, int(port)))
local = socket.socket(socket.AF_UNIX)
local.connect(str(next(place for place in data.rglob("*") if place.is_socket())))
local.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
check("also there", local.recv(100).startswith(b"HTTP/1.1 200"))
must("row", "sync", ":~git:repo:commits")


def inherited():
    """What a program that is started now would get, beside the standard streams: its number and what it is."""
    found, kinds = [], set()
    for entry in pathlib.Path(f"/proc/{process}/fd").iterdir():
        try:
            what = os.readlink(entry)
            flags = pathlib.Path(f"/proc/{process}/fdinfo/{entry.name}").read_text().split("flags:")[1].split()[0]
        except FileNotFoundError:  # closed meanwhile
            continue
        kinds.add("socket" if what.startswith("socket:") else "store" if "store.sqlite" in what else what)
        if int(entry.name) > 2 and not int(flags, 8) & os.O_CLOEXEC:
            found.append(f"{entry.name} -> {what}")
    return found, kinds


found, kinds = inherited()
check("there are sockets and the store's files", {"socket", "store"} <= kinds, kinds)
same("nothing is inherited", [], found)
same("the host ends", 0, host.end())

finish()
