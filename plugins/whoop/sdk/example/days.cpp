// SPDX-License-Identifier: Apache-2.0
// The library by itself, with no host: prints nights, naps and workouts of the last days.
//
//     whoop-days DAYS [BASE_URL]      with an access token in the environment as WHOOP_TOKEN
#include <cstdlib>
#include <iostream>
#include <string>
#include <tento/http/client.hpp>
#include <tento/sdk/clock.hpp>

#include "whoop/list.hpp"

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

void say_odd(const whoop::OddRecord& odd) {
  std::cerr << "left out: " << odd.what << ": " << odd.why << '\n';
}

template <class Model, class Print>
tento::Result<void> each_record(const whoop::Client& client, tento::http::Transport& http, const whoop::Query& query,
                                Print&& print) {
  for (whoop::List<Model> list(client, http, query); list.more();) {
    TENTO_TRY(list.fetch(
        [&](Model& one) -> tento::Result<void> {
          std::cout << tento::PartialDate::ymd(one.day()).text().substr(4) << '\t';
          print(one);
          std::cout << '\n';
          return {};
        },
        say_odd));
  }
  return {};
}

tento::Result<void> print_days(const whoop::Client& client, tento::http::Transport& http, int days) {
  const tento::Instant now = tento::SystemClock().now();
  const whoop::Query query{now - std::chrono::days(days), now};
  TENTO_TRY(each_record<whoop::Sleep>(client, http, query, [](const whoop::Sleep& one) {
    std::cout << (one.nap ? "nap" : "night") << '\t' << one.state_text;
    if (one.score && one.score->performance) std::cout << '\t' << *one.score->performance << " %";
  }));
  return each_record<whoop::Workout>(client, http, query, [](const whoop::Workout& one) {
    std::cout << one.sport << '\t' << one.state_text;
    if (one.score && one.score->strain) std::cout << "\tstrain " << *one.score->strain;
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int days = argc == 2 || argc == 3 ? std::atoi(argv[1]) : 0;  // NOLINT(cert-err34-c): 0 is refused
  if (days <= 0 || days > 10'000) {
    std::cerr << "usage: whoop-days DAYS [BASE_URL]\n";
    return 2;
  }
  const std::string base_url = argc > 2 ? argv[2] : whoop::ClientOptions().base_url;
  auto http = tento::http::Client::create();
  auto origin = tento::http::origin_of(base_url);
  if (!http || !origin) {
    std::cerr << (http ? origin.error() : http.error()).message << '\n';
    return 1;
  }
  WithToken transport(**http, *origin, std::getenv("WHOOP_TOKEN"));  // NOLINT(concurrency-mt-unsafe): one thread
  whoop::ClientOptions options;
  options.base_url = base_url;
  const auto printed = print_days(whoop::Client(options), transport, days);
  if (!printed) std::cerr << printed.error().message << '\n';
  return printed ? 0 : 1;
}
