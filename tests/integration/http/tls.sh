#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the program that it is given against nginx with a chain of its own making, and tinyproxy before it: tls.sh PROGRAM.
# What the program has to know is in its environment: ports, the files to trust, the server's log.
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
pids=()
stop() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap stop EXIT
for tool in nginx tinyproxy openssl python3; do
  command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin
  command -v "$tool" >/dev/null || {
    echo "$tool is missing: run scripts/setup --test" >&2
    exit 1
  }
done
cd "$work"

# A root, an intermediate below it, and what the servers show. `openssl ca` alone can date a certificate back.
cat >ca.conf <<'CONF'
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[leaf]
basicConstraints = CA:false
CONF
touch index.txt
echo 1000 >serial
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
root() { # root NAME
  key "$1"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 30 -config ca.conf -extensions authority -out "$1.pem"
}
signed() { # signed NAME BY SECTION SAN [DATES...]
  local name=$1 by=$2 section=$3 san=$4
  shift 4
  key "$name"
  openssl req -new -key "$name.key" -subj "/CN=$name" -config ca.conf ${san:+-addext "subjectAltName=$san"} -out "$name.csr"
  [ $# -gt 0 ] || set -- -days 30
  openssl ca -batch -notext -config ca.conf -extensions "$section" -cert "$by.pem" -keyfile "$by.key" \
    -in "$name.csr" -out "$name.pem" "$@" 2>ca.log || {
    cat ca.log >&2
    exit 1
  }
}
root root
root stranger
signed middle root authority ''
signed byname middle leaf DNS:localhost
signed byaddress middle leaf IP:127.0.0.1
signed wrong middle leaf DNS:other.example
signed expired middle leaf IP:127.0.0.1 -startdate 20200101000000Z -enddate 20200201000000Z
signed early middle leaf IP:127.0.0.1 -startdate 20900101000000Z -enddate 20910101000000Z
signed unknown stranger leaf IP:127.0.0.1
for leaf in byname byaddress wrong expired early; do cat "$leaf.pem" middle.pem >"$leaf.chain"; done
cp unknown.pem unknown.chain
cp byaddress.pem gap.chain # without the intermediate
cp byaddress.key gap.key

mapfile -t ports < <(python3 -c '
import socket
held = [socket.socket() for _ in range(12)]
for s in held: s.bind(("127.0.0.1", 0))
print("\n".join(str(s.getsockname()[1]) for s in held))')
names=(PLAIN TLS TLS12 WRONG EXPIRED EARLY UNKNOWN GAP OLD IDLE PROXY PASSWORD_PROXY)
for i in "${!names[@]}"; do export "${names[$i]}_PORT=${ports[$i]}"; done

mkdir www temp
head -c 300000 /dev/urandom | base64 -w 76 >www/text.txt
serve() { # serve PORT CERTIFICATE LINE...: a server with TLS
  local port=$1 certificate=$2
  shift 2
  echo "server { listen 127.0.0.1:$port ssl; ssl_certificate $work/$certificate.chain; ssl_certificate_key $work/$certificate.key; root $work/www; $* }"
}
{
  [ "$(id -u)" -ne 0 ] || echo 'user root;'
  cat <<CONF
daemon off;
pid $work/nginx.pid;
error_log $work/error.log;
worker_processes 1;
events { worker_connections 256; }
http {
  log_format seen '\$server_port \$connection \$connection_requests \$ssl_protocol \$ssl_session_reused \$request_uri';
  access_log $work/access.log seen;
  client_body_temp_path $work/temp/a; proxy_temp_path $work/temp/b; fastcgi_temp_path $work/temp/c;
  uwsgi_temp_path $work/temp/d; scgi_temp_path $work/temp/e;
  types { text/plain txt; }
  gzip on; gzip_types text/plain; gzip_min_length 1;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_timeout 5m; keepalive_requests 1000;
  server { listen 127.0.0.1:$PLAIN_PORT; root $work/www; location /away { return 302 https://127.0.0.1:$TLS_PORT/text.txt; } }
  server { listen 127.0.0.1:$IDLE_PORT; root $work/www; keepalive_timeout 50ms; }
  $(serve "$TLS_PORT" byaddress "location /down { return 302 http://127.0.0.1:$PLAIN_PORT/text.txt; }")
  $(serve "$TLS_PORT" byname 'server_name localhost;')
  $(serve "$TLS12_PORT" byaddress 'ssl_protocols TLSv1.2; ssl_session_cache shared:old:1m; ssl_session_tickets off;')
  $(serve "$WRONG_PORT" wrong)
  $(serve "$EXPIRED_PORT" expired)
  $(serve "$EARLY_PORT" early)
  $(serve "$UNKNOWN_PORT" unknown)
  $(serve "$GAP_PORT" gap)
  $(serve "$OLD_PORT" byaddress 'ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;')
}
CONF
} >nginx.conf
proxy_conf() { # proxy_conf PORT NAME LINE...
  printf 'Port %s\nListen 127.0.0.1\nTimeout 60\nLogFile "%s/%s.log"\nLogLevel Connect\nMaxClients 20\nAllow 127.0.0.1\n' "$1" "$work" "$2"
  shift 2
  printf '%s\n' "$@"
}
proxy_conf "$PROXY_PORT" proxy >proxy.conf
proxy_conf "$PASSWORD_PROXY_PORT" password_proxy 'BasicAuth ada hush' >password_proxy.conf

nginx -p "$work" -c nginx.conf 2>>error.log &
pids+=($!)
for name in proxy password_proxy; do
  tinyproxy -d -c "$name.conf" >/dev/null &
  pids+=($!)
done
for port in "$PLAIN_PORT" "$TLS_PORT" "$PROXY_PORT" "$PASSWORD_PROXY_PORT"; do
  for _ in $(seq 2400); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
    sleep 0.05
  done
  echo "nothing listens on port $port:" >&2
  cat error.log >&2
  exit 1
done

export TRUST=$work/root.pem ACCESS_LOG=$work/access.log TEXT=$work/www/text.txt PROXY_LOG=$work/proxy.log
mkdir hashed
cp root.pem hashed/
openssl rehash hashed
export TRUST_PATH=$work/hashed STRANGER=$work/stranger.pem
"$program"
