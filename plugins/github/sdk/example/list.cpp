// SPDX-License-Identifier: Apache-2.0
// The library by itself, with no host: prints number, date and kind of every issue of a repository.
//
//     github-list OWNER/NAME [BASE_URL]      with the token, if there is one, in the environment as GITHUB_TOKEN
#include <cstdlib>
#include <iostream>
#include <string>
#include <tento/http/client.hpp>

#include "github/list.hpp"

namespace {

int print_issues(const std::string& repository, const std::string& base_url) {
  const std::size_t slash = repository.find('/');
  auto http = tento::http::Client::create();
  auto origin = tento::http::origin_of(base_url);
  if (!http || !origin) {
    std::cerr << (http ? origin.error() : http.error()).message << '\n';
    return 1;
  }

  // The token goes to that origin and to no other, wherever pages lead.
  class WithToken final : public tento::http::Transport {
   public:
    WithToken(tento::http::Client& inner, std::string only, const char* token)
        : inner_(inner), origin_(std::move(only)), token_(token == nullptr ? "" : token) {}
    tento::Result<tento::http::Response> send(const tento::http::Request& request) override {
      tento::http::SendOptions options;
      options.on_hop = [this](tento::http::Hop& hop) -> tento::Result<void> {
        if (!token_.empty() && hop.origin == origin_)
          hop.secret_headers.push_back({"Authorization", "Bearer " + token_});
        return {};
      };
      return inner_.send(request, options);
    }

   private:
    tento::http::Client& inner_;
    std::string origin_;
    std::string token_;
  } transport(**http, *origin, std::getenv("GITHUB_TOKEN"));  // NOLINT(concurrency-mt-unsafe): one thread

  const github::Client client({.base_url = base_url});
  const github::RepositoryName name{repository.substr(0, slash), repository.substr(slash + 1)};
  github::List issues(client, transport,
                      {.url = client.repository_url(name, "/issues?state=all&per_page=100"),
                       .what = "the issues of " + repository,
                       .kind = github::Kind::issue});
  std::size_t count = 0;
  while (issues.more()) {
    auto read = issues.fetch();
    if (read) {
      auto shown = issues.each(
          [&](const github::Record& record) -> tento::Result<void> {
            std::cout << record.id << '\t' << record.date.text() << '\t' << record.json.size() << " bytes\n";
            return {};
          },
          [](const github::OddRecord& odd) { std::cerr << "left out: " << odd.what << ": " << odd.why << '\n'; });
      if (!shown) read = tento::fail(shown.error());
      if (shown) count += *shown;
    }
    if (!read) {
      std::cerr << read.error().message << '\n';
      return 1;
    }
  }
  const auto stats = (*http)->stats();
  std::cerr << count << " issues, " << stats.requests << " requests, " << stats.connections << " connections\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string repository = argc > 1 ? argv[1] : "";
  if (argc < 2 || argc > 3 || repository.find('/') == std::string::npos) {
    std::cerr << "usage: github-list OWNER/NAME [BASE_URL]\n";
    return 2;
  }
  return print_issues(repository, argc > 2 ? argv[2] : "https://api.github.com");
}
