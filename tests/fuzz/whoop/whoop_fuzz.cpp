// SPDX-License-Identifier: Apache-2.0
// Answers of the service from any bytes: every error is plain and bounded, and every record has what a cell needs.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "whoop/list.hpp"

using tento::Result;
using namespace whoop;

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
  require(!error.message.empty() && error.message.size() < 1000);
  require(!error.stopped);
}

void try_record(const Record& record) {
  require(!record.updated_at.empty() && !record.state_text.empty());
  require(record.raw.front() == '{' && record.raw.back() == '}');
}
void try_record(const Sleep& one) {
  try_record(static_cast<const Record&>(one));
  require(!one.id.empty() && one.start <= one.end && one.day().ok());
}
void try_record(const Recovery& one) {
  try_record(static_cast<const Record&>(one));
  require(one.cycle_id >= 0 && !one.sleep_id.empty());
}
void try_record(const Cycle& one) {
  try_record(static_cast<const Record&>(one));
  require(one.id >= 0 && (!one.end || one.start <= *one.end) && one.day().ok());
}
void try_record(const Workout& one) {
  try_record(static_cast<const Record&>(one));
  require(!one.id.empty() && one.start <= one.end && one.day().ok());
}

template <class Model>
void try_list(const std::string& body) {
  OneBody http(200, body);
  const Client client;
  List<Model> list(client, http, {.to = tento::Instant(std::chrono::hours(24))});
  const auto read = list.fetch(
      [](Model& one) -> Result<void> {
        try_record(one);
        return {};
      },
      [](const OddRecord& odd) { require(!odd.what.empty() && !odd.why.empty() && odd.why.size() < 300); });
  if (!read) check(read.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  try_list<Sleep>(body);
  try_list<Recovery>(body);
  try_list<Cycle>(body);
  try_list<Workout>(body);
  const Client client;
  OneBody taken(200, body);
  if (const auto read = client.profile(taken); !read) check(read.error());
  if (const auto read = client.sleep(taken, "x"); !read) check(read.error());
  OneBody refused(403, body);
  const auto profile = client.profile(refused);
  require(!profile.has_value());
  check(profile.error());
  return 0;
}
