// SPDX-License-Identifier: Apache-2.0
// TLS: a chain made here, versions, reload, and files that do not fit.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <fstream>

#include "rig.hpp"

#include "host/base/text.hpp"

namespace {

using rig::Client;
using rig::comes_true;
using rig::Folder;
using rig::Limits;
using rig::Rig;
using rig::Server;
using rig::ServerOptions;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

void run(const std::string& command) {
  REQUIRE_MESSAGE(std::system((command + " >/dev/null 2>&1").c_str()) == 0, command);
}

// An authority, and for each name a certificate of it with its key: `NAME.pem` (a chain) and `NAME.key`.
struct Authority {
  Folder folder;
  Authority() {
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout " +
        at("ca.key") + " -out " + at("ca.pem"));
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder.path / name).string(); }
  void certify(const std::string& name) const {
    run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " +
        at(name + ".key") + " -out " + at(name + ".csr"));
    run("openssl x509 -req -days 2 -CAcreateserial -in " + at(name + ".csr") + " -CA " + at("ca.pem") + " -CAkey " +
        at("ca.key") + " -out " + at("leaf.pem"));
    std::ofstream chain(at(name + ".pem"));
    chain << std::ifstream(at("leaf.pem")).rdbuf() << std::ifstream(at("ca.pem")).rdbuf();
  }
  [[nodiscard]] ServerOptions options(const std::string& certificate, const std::string& key,
                                      Limits limits = {}) const {
    ServerOptions out = rig::on_any_port(limits);
    out.certificate = at(certificate);
    out.private_key = at(key);
    return out;
  }
};

struct Free {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
};

// A client's side of TLS over a connected socket.
class Tls final : public rig::Wire {
 public:
  Tls(Client under, const std::string& ca_file, int newest = 0) : under_(std::move(under)) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context_.get(), 0);  // the client would take anything
    SSL_CTX_set_min_proto_version(context_.get(), 0);
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), under_.descriptor());
    made_ = SSL_connect(ssl_.get()) == 1;
  }
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
  [[nodiscard]] std::string peer() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
    if (!certificate) return {};
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
    return name;
  }
  bool write(std::string_view bytes) override {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  long read(char* into, std::size_t size) override { return SSL_read(ssl_.get(), into, static_cast<int>(size)); }

 private:
  Client under_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool made_ = false;
};

std::unique_ptr<Tls> tls(const Rig& rig, const Authority& authority, int newest = 0) {
  return std::make_unique<Tls>(Client(rig.server->address()), authority.at("ca.pem"), newest);
}

tento::Error refused(ServerOptions options) {
  rig::TestHandler handler;
  auto started = Server::start(std::move(options), handler);
  REQUIRE(!started);
  return started.error();
}

constexpr auto remedy =
    "check server.certificate and server.private_key: PEM files that belong together, readable by this user";

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 are spoken, with the whole chain") {
  Authority authority;
  authority.certify("one");
  Rig rig(authority.options("one.pem", "one.key"));
  for (const auto& [newest, name] : {std::pair(TLS1_2_VERSION, "TLSv1.2"), std::pair(TLS1_3_VERSION, "TLSv1.3")}) {
    auto wire = tls(rig, authority, newest);
    REQUIRE(wire->made());
    CHECK(wire->version() == name);
    CHECK(wire->peer() == "one");
    Client client(std::move(wire));
    for (int i = 0; i < 2; ++i) {
      client.send(get);
      CHECK(client.read().body == "GET / ");
    }
    client.send(std::string(get) + "POST /b HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
    CHECK(client.read().body == "GET / ");
    CHECK(client.read().body == "POST /b x");
    CHECK(client.ended());  // with a proper end of TLS
  }
  CHECK(comes_true([&] { return rig.server->connections() == 0; }));
}

TEST_CASE("TLS 1.1 and older are refused") {
  Authority authority;
  authority.certify("one");
  Rig rig(authority.options("one.pem", "one.key"));
  CHECK(!tls(rig, authority, TLS1_1_VERSION)->made());
  CHECK(!tls(rig, authority, TLS1_VERSION)->made());
  CHECK(tls(rig, authority, TLS1_2_VERSION)->made());
}

TEST_CASE("who speaks no TLS, or says nothing, hinders nobody") {
  Authority authority;
  authority.certify("one");
  Rig rig(authority.options("one.pem", "one.key"));
  Client plain(rig.server->address());
  plain.send(get);
  Client mute(rig.server->address());
  Client good(tls(rig, authority));
  good.send(get);
  CHECK(good.read().status == 200);
  CHECK(plain.read().status == 0);
  CHECK(comes_true([&] { return rig.server->connections() == 2; }));
  CHECK(rig.comes_true_in_time(std::chrono::seconds(1), [&] { return rig.server->connections() == 0; }));
  CHECK(mute.ended());
  CHECK(rig.handler.asked().size() == 1);
}

TEST_CASE("a header that trickles inside of TLS ends the connection") {
  Authority authority;
  authority.certify("one");
  Rig rig(authority.options("one.pem", "one.key"));
  Client slow(tls(rig, authority));
  slow.send("GET / HTTP/1.1\r\n");
  Client idle(tls(rig, authority));
  CHECK(rig.comes_true_in_time(std::chrono::seconds(1), [&] { return rig.server->connections() == 0; }));
  CHECK(slow.read().status == 0);
  CHECK(idle.read().status == 0);
}

TEST_CASE("a connection that was idle until its memory was given back goes on") {
  Authority authority;
  authority.certify("one");
  Limits limits;
  limits.idle_time = std::chrono::hours(24);
  Rig rig(authority.options("one.pem", "one.key", limits));
  Client client(tls(rig, authority));
  client.send(get);
  CHECK(client.read().status == 200);
  rig.outlast_memory_of_idle_connections();
  client.send(get);
  CHECK(client.read().status == 200);
}

TEST_CASE("a certificate is read again while the server runs") {
  Authority authority;
  authority.certify("one");
  authority.certify("two");
  std::filesystem::copy(authority.at("one.pem"), authority.at("live.pem"));
  std::filesystem::copy(authority.at("one.key"), authority.at("live.key"));
  Rig rig(authority.options("live.pem", "live.key"));
  auto before = tls(rig, authority);
  CHECK(before->peer() == "one");
  const auto replace = std::filesystem::copy_options::overwrite_existing;
  // Half of a new pair changes nothing.
  std::filesystem::copy(authority.at("two.pem"), authority.at("live.pem"), replace);
  const auto half = rig.server->reload_certificate();
  REQUIRE(!half);
  CHECK(half.error().message.find("live.key") != std::string::npos);
  CHECK(tls(rig, authority)->peer() == "one");
  std::filesystem::copy(authority.at("two.key"), authority.at("live.key"), replace);
  CHECK(rig.server->reload_certificate());
  CHECK(tls(rig, authority)->peer() == "two");
  // Connections that were there go on.
  Client old(std::move(before));
  old.send(get);
  CHECK(old.read().status == 200);
}

TEST_CASE("certificates and keys that cannot be used are named, with what to do") {
  Authority authority;
  authority.certify("one");
  authority.certify("two");
  auto error = refused(authority.options("one.pem", "two.key"));
  CHECK(error.message == "the private key " + authority.at("two.key") +
                             " cannot be used: it does not belong to the certificate " + authority.at("one.pem"));
  CHECK(error.remedy == remedy);
  error = refused(authority.options("none.pem", "one.key"));
  CHECK(error.message == "the certificate " + authority.at("none.pem") + " cannot be used: No such file or directory");
  CHECK(error.remedy == remedy);
  error = refused(authority.options("one.pem", "none.key"));
  CHECK(error.message == "the private key " + authority.at("none.key") + " cannot be used: No such file or directory");
  error = refused(authority.options("one.key", "one.key"));
  CHECK(error.message.starts_with("the certificate " + authority.at("one.key") + " cannot be used: "));
  error = refused(authority.options("one.pem", "one.pem"));
  CHECK(error.message.starts_with("the private key " + authority.at("one.pem") + " cannot be used: "));
  auto no_key = authority.options("one.pem", "");
  no_key.private_key.clear();
  error = refused(no_key);
  CHECK(error.message == "the certificate " + authority.at("one.pem") +
                             " cannot be used: it has no key beside it; server.private_key is not set");
}

TEST_CASE("a key under a passphrase is refused; nobody is asked for it") {
  Authority authority;
  authority.certify("one");
  run("openssl ec -aes256 -passout pass:x -in " + authority.at("one.key") + " -out " + authority.at("locked.key"));
  const auto error = refused(authority.options("one.pem", "locked.key"));
  CHECK(error.message == "the private key " + authority.at("locked.key") + " cannot be used: it is under a passphrase");
}
