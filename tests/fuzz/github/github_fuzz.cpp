// SPDX-License-Identifier: Apache-2.0
// Bodies of the service from any bytes: every record that is shown lies in its page, every error is plain and bounded.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "github/list.hpp"

using tento::Result;
using namespace github;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Gives one body, a few bytes at a time, with any status.
class OneBody final : public tento::http::Transport {
 public:
  OneBody(std::uint32_t status, std::string body) : status_(status), body_(std::move(body)) {}
  Result<tento::http::Response> send(const tento::http::Request& request) override {
    tento::http::Response out;
    out.status = status_;
    out.final_url = request.url;
    out.body = std::make_unique<tento::http::MemoryBody>(body_, 61);
    return out;
  }

 private:
  std::uint32_t status_;
  std::string body_;
};

void check(const tento::Error& error) {
  require(!error.message.empty() && error.message.size() < 700);
  require(!error.stopped);
}

void try_list(const std::string& body, Kind kind) {
  OneBody http(200, body);
  const Client client;
  List list(client, http, {.url = "https://api.github.com/x", .what = "the list", .kind = kind});
  const auto fetched = list.fetch();
  require(fetched.has_value());
  const auto read = list.each(
      [](const Record& record) -> Result<void> {
        require(!record.id.empty() && !record.json.empty());
        require(record.json.front() == '{' && record.json.back() == '}');
        require(record.date.is_instant());
        return {};
      },
      [](const OddRecord& odd) {
        require(!odd.what.empty() && !odd.why.empty() && odd.why.size() < 500 && odd.id.size() <= 512);
      });
  if (!read) check(read.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const Kind kind : {Kind::issue, Kind::repository, Kind::commit, Kind::event, Kind::notification}) {
    try_list(body, kind);
  }
  const Client client;
  OneBody good(200, body);
  if (const auto user = client.user(good); !user) check(user.error());
  if (const auto issue = client.issue(good, {"o", "r"}, "1"); !issue) check(issue.error());
  OneBody refused(422, body);
  check(client.user(refused).error());
  OneBody limited(403, body);
  check(client.user(limited).error());
  return 0;
}
