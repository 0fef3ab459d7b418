// SPDX-License-Identifier: Apache-2.0
// Looks for secrets in the memory of this process after it has sent and received them, in the clear and under TLS: what
// a core file or a neighbour that reads the process would find. The secrets are kept scrambled, so that only the code
// under test writes them down; the service is another process.
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "host/accounts/token_endpoint.hpp"
#include "host/egress/credential.hpp"
#include "host/egress/service.hpp"

namespace {

using namespace tento;
using namespace tento::host;

constexpr char mask = 0x5a;
constexpr std::size_t secret_size = 40;
using Scrambled = std::array<char, secret_size>;

// `name` and filler, each byte scrambled while this is compiled.
constexpr Scrambled scrambled(std::string_view name) {
  Scrambled out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<char>((i < name.size() ? name[i] : static_cast<char>('a' + i * 7 % 26)) ^ mask);
  return out;
}
constexpr Scrambled access_token = scrambled("ya29-access-"), refresh_token = scrambled("1//refresh-"),
                    client_secret = scrambled("client-secret-"), pasted = scrambled("pasted-token-"),
                    in_query = scrambled("query-key-"), second_access = scrambled("ya30-access-");

std::string clear(const Scrambled& text) {
  std::string out(text.size(), '\0');
  for (std::size_t i = 0; i < text.size(); ++i) out[i] = static_cast<char>(text[i] ^ mask);
  return out;
}

[[noreturn]] void fail_with(const std::string& what) {
  std::cerr << what << '\n';
  std::_Exit(1);
}
template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fail_with(result.error().message);
}

// ---- the service

struct Certificate {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> x509{X509_new(), X509_free};

  explicit Certificate(const std::string& file) {
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    X509_set_version(x509.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 86400);
    X509_set_pubkey(x509.get(), key.get());
    X509_NAME* name = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("local"), -1, -1, 0);
    X509_set_issuer_name(x509.get(), name);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x509.get(), extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(x509.get(), key.get(), EVP_sha256());
    std::FILE* out = std::fopen(file.c_str(), "w");
    if (out == nullptr || PEM_write_X509(out, x509.get()) != 1 || std::fclose(out) != 0) fail_with("no certificate");
  }
};

// Reads requests from one connection after the other and answers each with tokens.
[[noreturn]] void serve(int listener, SSL_CTX* tls) {
  const auto answer = [](const std::string& access) {
    const std::string body = R"({"token_type":"Bearer","expires_in":3600,"access_token":")" + access +
                             R"(","refresh_token":")" + clear(refresh_token) + "\"}";
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  for (;;) {
    const int fd = ::accept(listener, nullptr, nullptr);
    if (fd < 0) std::_Exit(1);
    if (::fork() != 0) {
      ::close(fd);
      continue;
    }
    SSL* ssl = nullptr;
    if (tls != nullptr) {
      ssl = SSL_new(tls);
      SSL_set_fd(ssl, fd);
      if (SSL_accept(ssl) != 1) std::_Exit(1);
    }
    std::string got;
    for (std::array<char, 4096> buffer;;) {
      const auto n = ssl != nullptr ? SSL_read(ssl, buffer.data(), buffer.size())
                                    : static_cast<int>(::read(fd, buffer.data(), buffer.size()));
      if (n <= 0) std::_Exit(0);
      got.append(buffer.data(), static_cast<std::size_t>(n));
      const auto end = got.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      std::size_t length = 0;
      if (const auto at = got.find("Content-Length: "); at < end) length = std::stoul(got.substr(at + 16));
      if (got.size() < end + 4 + length) continue;
      const bool again = got.find("refresh") != std::string::npos;
      got.erase(0, end + 4 + length);
      const auto text = answer(clear(again ? second_access : access_token));
      if (ssl != nullptr)
        SSL_write(ssl, text.data(), static_cast<int>(text.size()));
      else if (::write(fd, text.data(), text.size()) < 0)
        std::_Exit(1);
    }
  }
}

class Service {
 public:
  explicit Service(const Certificate* certificate) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener, 16) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      fail_with("no socket");
    url_ = (certificate != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(ntohs(at.sin_port));
    child_ = ::fork();
    if (child_ == 0) {
      ::setpgid(0, 0);
      ::signal(SIGCHLD, SIG_IGN);
      SSL_CTX* tls = nullptr;
      if (certificate != nullptr) {
        tls = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(tls, certificate->x509.get());
        SSL_CTX_use_PrivateKey(tls, certificate->key.get());
      }
      serve(listener, tls);
    }
    ::setpgid(child_, child_);
    ::close(listener);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() {
    ::kill(-child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::string url_;
  pid_t child_ = -1;
};

// ---- the memory of this process

constexpr std::size_t window_bytes = 1u << 20;

class Memory {
 public:
  Memory()
      : window_(static_cast<char*>(
            ::mmap(nullptr, window_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
        mem_(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC)) {
    if (mem_ < 0) fail_with("/proc/self/mem cannot be read");
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    ::munmap(window_, window_bytes);
    ::close(mem_);
  }

  [[nodiscard]] const std::string& places() const { return places_; }
  // How often the text is there. What it reads into is not looked at.
  std::size_t copies(const Scrambled& text) {
    std::size_t found = 0;
    places_.clear();
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      unsigned long from = 0, to = 0;
      char rights[5] = {};
      if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) != 3 || rights[0] != 'r') continue;
      if (line.find("[v") != std::string::npos) continue;
      for (auto at = from; at < to;) {
        const auto size = std::min<std::size_t>(to - at, window_bytes);
        const auto window_at = reinterpret_cast<unsigned long>(window_);
        const bool own = at < window_at + window_bytes && at + size > window_at;
        const auto got = own ? 0 : ::pread(mem_, window_, size, static_cast<off_t>(at));
        if (got > 0) found += in_window(static_cast<std::size_t>(got), text, line);
        at += size == to - at ? size : size - (secret_size - 1);
      }
    }
    OPENSSL_cleanse(window_, window_bytes);
    return found;
  }

 private:
  std::size_t in_window(std::size_t size, const Scrambled& text, const std::string& where) {
    std::size_t found = 0;
    const char first = static_cast<char>(text[0] ^ mask);
    for (std::size_t at = 0; at + secret_size <= size; ++at) {
      const auto* next = static_cast<const char*>(std::memchr(window_ + at, first, size - secret_size + 1 - at));
      if (next == nullptr) break;
      at = static_cast<std::size_t>(next - window_);
      std::size_t same = 0;
      while (same < secret_size && static_cast<char>(next[same] ^ mask) == text[same]) ++same;
      if (same != secret_size) continue;
      ++found;
      places_ += "  in " + where + ", behind: ";
      for (std::size_t i = std::min<std::size_t>(at, 48); i > 0; --i)
        places_ += window_[at - i] >= ' ' && window_[at - i] < 0x7f ? window_[at - i] : '.';
      places_ += '\n';
    }
    return found;
  }

  char* window_;
  int mem_;
  std::string places_;  // of the latest search
};

int failures = 0;
void expect(Memory& memory, const std::string& when, const char* what, const Scrambled& text, std::size_t wanted) {
  const auto found = memory.copies(text);
  if (found == wanted) return;
  ++failures;
  std::cerr << when << ": " << found << " copies of the " << what << " are in memory, not " << wanted << '\n'
            << memory.places();
}

void exchange(Memory& memory, const std::string& how, const std::string& url, const std::string& ca_file) {
  HttpSettings settings;
  settings.client.ca_file = ca_file;
  HttpService http(std::move(settings));
  tento_auth auth{};
  auth.struct_size = sizeof auth;
  for (const auto token_auth : {TENTO_TOKEN_AUTH_POST, TENTO_TOKEN_AUTH_BASIC}) {
    const auto when = how + (token_auth == TENTO_TOKEN_AUTH_POST ? ", secret in the form" : ", secret in the header");
    OAuthClient client;
    client.provider = "demo";
    client.id = "tento";
    client.secret = Secret(clear(client_secret));
    client.token_auth = token_auth;
    client.at.token = url + "/token";
    auto granted = must(ask_token(http, client, auth, {{"grant_type", "authorization_code"}}, nullptr));
    expect(memory, when, "access token", access_token, 1);
    expect(memory, when, "refresh token", refresh_token, 1);
    expect(memory, when, "client's secret", client_secret, 1);
    auto again =
        must(ask_token(http, client, auth,
                       {{"grant_type", "refresh_token"}, {"refresh_token", granted.tokens.refresh.text()}}, nullptr));
    granted.tokens = std::move(again.tokens);
    expect(memory, when + ", refreshed", "old access token", access_token, 0);
    expect(memory, when + ", refreshed", "new access token", second_access, 1);
    expect(memory, when + ", refreshed", "refresh token", refresh_token, 1);
  }
  for (const auto* text : {&access_token, &second_access, &refresh_token, &client_secret})
    expect(memory, how + ", over", "secrets", *text, 0);
  // As it is put into the requests of a provider.
  for (const auto form : {TENTO_INJECT_BEARER, TENTO_INJECT_QUERY}) {
    const auto& text = form == TENTO_INJECT_BEARER ? pasted : in_query;
    {
      auth.inject = form;
      auth.inject_name = str("key");
      const auto credential = must(Credential::make(auth, Secret(clear(text))));
      const auto held = memory.copies(text);
      for (int i = 0; i < 2; ++i) {
        http::Request request;
        request.url = url + "/things?refresh=1";
        http::SendOptions options;
        options.on_hop = [&credential](http::Hop& hop) -> Result<void> {
          if (!credential.header_name().empty())
            hop.secret_headers.push_back({credential.header_name(), credential.header_value()});
          else
            hop.secret_query = credential.query();
          return {};
        };
        auto answer = must(must(http.sender())->send(request, options));
        auto body = must(http::read_all(answer));
        OPENSSL_cleanse(body.data(), body.size());
      }
      expect(memory, how, form == TENTO_INJECT_BEARER ? "token in a header" : "key in a query", text, held);
    }
    expect(memory, how + ", over", "credential", text, 0);
  }
  for (const auto* text : {&second_access, &refresh_token}) expect(memory, how + ", answered", "secrets", *text, 0);
}

}  // namespace

int main() {
  char folder[] = "/tmp/tento-traces-XXXXXX";
  if (::mkdtemp(folder) == nullptr) return 1;
  const std::string ca_file = std::string(folder) + "/ca.pem";
  {
    const Certificate certificate(ca_file);
    Memory memory;
    // What is looked for is found where it is.
    {
      const auto text = clear(access_token);
      expect(memory, "held", "access token", access_token, 1);
      auto copy = text;
      expect(memory, "held twice", "access token", access_token, 2);
      OPENSSL_cleanse(copy.data(), copy.size());
      OPENSSL_cleanse(const_cast<char*>(text.data()), text.size());
    }
    expect(memory, "wiped", "access token", access_token, 0);
    const Service plain(nullptr), encrypted(&certificate);
    exchange(memory, "in the clear", plain.url(), "");
    exchange(memory, "under TLS", encrypted.url(), ca_file);
  }
  ::unlink(ca_file.c_str());
  ::rmdir(folder);
  if (failures == 0) std::cout << "no secret stayed in memory\n";
  return failures == 0 ? 0 : 1;
}
