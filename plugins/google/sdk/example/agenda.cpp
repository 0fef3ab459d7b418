// SPDX-License-Identifier: Apache-2.0
// The library by itself, with no host: prints the events of a calendar, series as series.
//
//     google-agenda CALENDAR [BASE_URL]      with an access token in the environment as GOOGLE_TOKEN
#include <cstdlib>
#include <iostream>
#include <string>
#include <tento/http/client.hpp>

#include "google/event_list.hpp"

namespace {

// The token goes to that origin and to no other.
class WithToken final : public tento::http::Transport {
 public:
  WithToken(tento::http::Client& inner, std::string only, const char* token)
      : inner_(inner), origin_(std::move(only)), token_(token == nullptr ? "" : token) {}
  tento::Result<tento::http::Response> send(const tento::http::Request& request) override {
    tento::http::SendOptions options;
    options.on_hop = [this](tento::http::Hop& hop) -> tento::Result<void> {
      if (!token_.empty() && hop.origin == origin_) hop.secret_headers.push_back({"Authorization", "Bearer " + token_});
      return {};
    };
    return inner_.send(request, options);
  }

 private:
  tento::http::Client& inner_;
  std::string origin_;
  std::string token_;
};

int print_events(const std::string& calendar, const std::string& base_url) {
  auto http = tento::http::Client::create();
  auto origin = tento::http::origin_of(base_url);
  if (!http || !origin) {
    std::cerr << (http ? origin.error() : http.error()).message << '\n';
    return 1;
  }
  WithToken transport(**http, *origin, std::getenv("GOOGLE_TOKEN"));  // NOLINT(concurrency-mt-unsafe): one thread
  const google::Client client({.base_url = base_url});
  google::EventList list(client, transport, {.calendar = calendar});
  while (list.more()) {
    const auto read = list.fetch(
        [](google::Event& event) -> tento::Result<void> {
          std::cout << google::cell_id(event) << '\t';
          if (event.start) std::cout << event.start->semantic().local_text();
          for (const std::string& line : event.recurrence) std::cout << '\t' << line;
          std::cout << (event.cancelled ? "\tcancelled\n" : "\n");
          return {};
        },
        [](const google::OddRecord& odd) { std::cerr << "left out: " << odd.what << ": " << odd.why << '\n'; });
    if (!read) {
      std::cerr << read.error().message << '\n';
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: google-agenda CALENDAR [BASE_URL]\n";
    return 2;
  }
  return print_events(argv[1], argc > 2 ? argv[2] : "https://www.googleapis.com");
}
