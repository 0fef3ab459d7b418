// SPDX-License-Identifier: Apache-2.0
// getaddrinfo on a thread of its own.
#include "resolve.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "errors.hpp"

namespace tento::http::inner {
namespace {

// Lookups that hang are left behind; more of them than this and the system's resolver is not asked again.
constexpr int most_lookups = 64;

struct Lookup {
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  int code = 0;
  std::vector<Address> addresses;
};

void look_up(Lookup& lookup, const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, [](addrinfo* p) {
    if (p != nullptr) ::freeaddrinfo(p);
  });
  std::vector<Address> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address& address = addresses.emplace_back();
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
  }
  const std::lock_guard lock(lookup.mutex);
  lookup.code = code;
  lookup.addresses = std::move(addresses);
  lookup.done = true;
  lookup.done_changed.notify_all();
}

}  // namespace

std::string Address::text() const {
  char text[INET6_ADDRSTRLEN] = "?";
  if (storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(storage).sin_addr, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr, text, sizeof text);
  }
  return text;
}

std::optional<Address> literal_address(const std::string& text, std::uint16_t port) {
  Address out;
  auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    out.size = sizeof(sockaddr_in);
    return out;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    out.size = sizeof(sockaddr_in6);
    return out;
  }
  return std::nullopt;
}

Result<std::vector<Address>> Resolver::resolve(const std::string& host, std::uint16_t port, const Deadline& deadline,
                                               std::chrono::milliseconds timeout) const {
  if (const auto address = literal_address(host, port)) return std::vector<Address>{*address};

  const auto failed = [&](const std::string& why) {
    return transient("resolve_failed",
                     "the name " + host + " of " + std::string(deadline.origin()) + " cannot be resolved: " + why);
  };
  if (running_->load() >= most_lookups) return failed("too many earlier lookups still hang");
  const auto lookup = std::make_shared<Lookup>();
  running_->fetch_add(1);
  try {
    std::thread([lookup, host, port, running = running_] {
      look_up(*lookup, host, port);
      running->fetch_sub(1);
    }).detach();
  } catch (const std::system_error& e) {
    running_->fetch_sub(1);
    return failed(e.what());
  }
  std::unique_lock lock(lookup->mutex);
  TENTO_TRY(deadline.wait({"resolving the name of", timeout}, [&](std::chrono::milliseconds time) -> Result<bool> {
    return lookup->done_changed.wait_for(lock, time, [&] { return lookup->done; });
  }));
  if (lookup->code != 0) return failed(::gai_strerror(lookup->code));
  if (lookup->addresses.empty()) return failed("it has no address");
  return std::move(lookup->addresses);
}

}  // namespace tento::http::inner
