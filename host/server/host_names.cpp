// SPDX-License-Identifier: Apache-2.0
// Hosts with their ports.
#include "host/server/host_names.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "host/base/json.hpp"
#include "host/base/text.hpp"
#include "host/server/problems.hpp"

namespace tento::host::server {
namespace {

struct NameParts {
  std::string name;       // of an IPv6 address without its brackets
  std::string_view port;  // with its colon
  bool bracketed = false;
};

NameParts parts_of(std::string_view host) {
  NameParts out;
  out.bracketed = host.starts_with('[') && host.find(']') != std::string_view::npos;
  const auto end = out.bracketed ? host.find(']') + 1 : std::min(host.rfind(':'), host.size());
  out.port = host.substr(end);
  out.name = out.bracketed ? host.substr(1, end - 2) : host.substr(0, end);
  return out;
}

bool is_port(std::string_view port) {
  return port.empty() || (port.size() > 1 && port.size() <= 6 && port.front() == ':' &&
                          port.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

std::string plain_host(std::string_view host) {
  auto parts = parts_of(host);
  if (parts.bracketed) {
    std::array<unsigned char, 16> bytes{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_pton(AF_INET6, parts.name.c_str(), bytes.data()) == 1 &&
        ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size()) != nullptr)
      parts.name = text.data();
    return "[" + parts.name + "]" + std::string(parts.port);
  }
  parts.name = lower(parts.name);
  if (parts.name.ends_with('.')) parts.name.pop_back();
  return parts.name + std::string(parts.port);
}

bool is_address(std::string_view host) {
  const auto parts = parts_of(host);
  std::array<unsigned char, 16> bytes{};
  return is_port(parts.port) &&
         ::inet_pton(parts.bracketed ? AF_INET6 : AF_INET, parts.name.c_str(), bytes.data()) == 1;
}

Answer unknown_host(std::string_view host, std::string_view public_url) {
  const std::string own(public_url.substr(std::min(public_url.find("://") + 3, public_url.size())));
  if (host.empty())
    return problem("unknown_host", "request", "the request does not say what it calls this server",
                   "send Host: " + own);
  std::string setting = "server.hosts = [";
  append_json_string(setting, plain(host, 200));
  return problem("unknown_host", "request", "this server is not called " + quote(host),
                 "ask it as " + own + ", or set " + setting + "] in tento.toml");
}

}  // namespace tento::host::server
