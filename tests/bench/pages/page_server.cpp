// SPDX-License-Identifier: Apache-2.0
// Blocking sockets and a thread for each connection: all that one client needs.
#include "tests/bench/pages/page_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>
#include <thread>

#include "tests/bench/store_fixture.hpp"

namespace tento::bench {
namespace {

std::string page_body(unsigned long long run, unsigned long long page) {
  static const std::string filler = [] {
    std::string text;
    while (text.size() < 5800) text += static_cast<char>('a' + text.size() * 7 % 26);
    return text;
  }();
  std::string body = "[";
  for (std::uint64_t i = 0; i < records_per_page; ++i) {
    const unsigned long long n = page * records_per_page + i;
    char head[160];
    std::snprintf(
        head, sizeof head,
        R"(%s{"id":"r%llu-%llu","at":%llu,"number":%llu,"state":"open","user":{"id":%llu,"login":"user%llu"},"body":")",
        i == 0 ? "" : ",", run, n, 1'600'000'000 + run * 1'000'000 + n, n, n * 7919, n % 1000);
    body.append(head).append(filler).append("\"}");
  }
  return body += "]";
}

std::string issues_body(unsigned long long page) {
  static const std::string filler(1700, 'x');
  std::string body = "[";
  for (std::uint64_t i = 0; i < records_per_page; ++i) {
    const unsigned long long n = (pages_of_issues - page) * records_per_page + (records_per_page - i);
    char head[320];
    std::snprintf(head, sizeof head,
                  R"(%s{"number":%llu,"repository_url":"https://api.example.org/repos/o/r","state":"open",)"
                  R"("created_at":"2020-%02llu-%02lluT%02llu:%02llu:%02lluZ","updated_at":"2026-01-01T00:00:00Z",)"
                  R"("title":"issue %llu","user":{"login":"user%llu"},"body":")",
                  i == 0 ? "" : ",", n, 1 + n / 864'000 % 12, 1 + n / 3600 % 28, n / 60 % 24, n % 60, n % 60, n,
                  n % 1000);
    body.append(head).append(filler).append("\"}");
  }
  return body += "]";
}

// The whole answer to a request for issues.
std::string answer_issues(const std::string& head, Served& served) {
  const std::string target = head.substr(4, head.find(' ', 4) - 4);
  const bool changes = target.find("since=") != std::string::npos;
  const std::size_t at = target.find("&page=");
  const unsigned long long page = at == std::string::npos ? 1 : std::strtoull(target.c_str() + at + 6, nullptr, 10);
  const std::string body = changes ? "[]" : issues_body(page);
  ++served.bodies;
  std::string out = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
  if (!changes && page < pages_of_issues) {
    const std::size_t host = head.find("\r\nHost: ") + 8;
    out += "Link: <http://" + head.substr(host, head.find("\r\n", host) - host) + target.substr(0, target.find('?')) +
           "?state=all&per_page=100&page=" + std::to_string(page + 1) + ">; rel=\"next\"\r\n";
  }
  return out + "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void serve(int socket, Served& served) {
  std::string in;
  char buffer[8192];
  for (;;) {
    std::size_t end = 0;
    while ((end = in.find("\r\n\r\n")) == std::string::npos) {
      const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
      if (got <= 0) {
        ::close(socket);
        return;
      }
      in.append(buffer, static_cast<std::size_t>(got));
    }
    const std::string head = in.substr(0, end);
    in.erase(0, end + 4);
    if (head.starts_with("GET /repos/")) {
      ++served.requests;
      if (head.find("\r\nAuthorization: Bearer ") != std::string::npos) ++served.with_credential;
      if (!send_all(socket, answer_issues(head, served))) return;
      continue;
    }
    unsigned long long run = 0, pages = 0, page = 0;
    if (std::sscanf(head.c_str(), "GET /items?run=%llu&pages=%llu&page=%llu ", &run, &pages, &page) != 3)
      give_up("the server does not understand: " + head.substr(0, 80));
    ++served.requests;
    if (head.find("\r\nAuthorization: Bearer ") != std::string::npos) ++served.with_credential;
    std::string out;
    const bool known = head.find("\r\nIf-None-Match: ") != std::string::npos;
    out = known ? "HTTP/1.1 304 Not Modified\r\n" : "HTTP/1.1 200 OK\r\n";
    out += "ETag: \"" + std::to_string(run) + "-" + std::to_string(page) + "\"\r\n";
    if (page + 1 < pages) {
      out += "X-Next: /items?run=" + std::to_string(run) + "&pages=" + std::to_string(pages) +
             "&page=" + std::to_string(page + 1) + "\r\n";
    }
    std::string body;
    if (!known) {
      body = page_body(run, page);
      ++served.bodies;
      out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    out += "\r\n";
    if (!send_all(socket, out) || !send_all(socket, body)) return;
  }
}

}  // namespace

PageServer::PageServer() {
  void* shared = ::mmap(nullptr, sizeof(Served), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) give_up("no shared memory");
  served_ = new (shared) Served;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 16) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("cannot listen on loopback");
  port_ = ntohs(address.sin_port);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      const int socket = ::accept(listener, nullptr, nullptr);
      if (socket < 0) ::_exit(1);
      const int yes = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      ++served_->connections;
      std::thread([socket, this] { serve(socket, *served_); }).detach();
    }
  }
  ::close(listener);
  if (pid_ < 0) give_up("cannot fork the server");
}

PageServer::~PageServer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::munmap(served_, sizeof(Served));
}

}  // namespace tento::bench
