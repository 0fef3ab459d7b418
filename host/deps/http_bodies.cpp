// SPDX-License-Identifier: Apache-2.0
// Handles are counters that are looked up, so a provider that makes one up reaches nothing.
#include "host/deps/http_bodies.hpp"

#include <utility>

#include "host/deps/http_service.hpp"

namespace tento::host {

void HttpBodies::keep(http::Response response, std::shared_ptr<HttpSender> sender, tento_http_response& out) {
  auto answer = std::make_shared<Answer>();
  answer->sender = std::move(sender);
  answer->headers = std::move(response.headers);
  answer->final_url = std::move(response.final_url);
  answer->body = std::move(response.body);
  answer->abi_headers.reserve(answer->headers.size());
  for (const http::Header& header : answer->headers) {
    answer->abi_headers.push_back({str(header.name), str(header.value)});
  }
  out.status = response.status;
  out.headers = answer->abi_headers.data();
  out.header_count = answer->abi_headers.size();
  out.content_length = response.content_length ? static_cast<std::int64_t>(*response.content_length) : -1;
  out.final_url = str(answer->final_url);
  const std::lock_guard lock(mutex_);
  const std::uint64_t handle = ++last_handle_;
  out.body = answer->body == nullptr ? 0 : handle;
  answers_.emplace(handle, std::move(answer));
  used_.store(true, std::memory_order_release);
}

Result<http::Body::Chunk> HttpBodies::read(std::uint64_t handle, char* buffer, std::uint64_t capacity) {
  std::shared_ptr<Answer> answer;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = answers_.find(handle); found != answers_.end()) answer = found->second;
  }
  if (!answer) {
    return fail(ErrorCode::not_found, ErrorClass::internal, "this call has no open body " + std::to_string(handle),
                "unknown_body");
  }
  const std::lock_guard lock(answer->reading);
  if (answer->body == nullptr) return http::Body::Chunk{0, true};
  TENTO_TRY_ASSIGN(const http::Body::Chunk chunk, answer->body->read({buffer, static_cast<std::size_t>(capacity)}));
  // The connection is free for the next request from here on.
  if (chunk.end) answer->body.reset();
  return chunk;
}

void HttpBodies::close(std::uint64_t handle) {
  std::shared_ptr<Answer> answer;  // ended outside of the lock: it may take its time
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(handle);
  if (found == answers_.end()) return;
  answer = std::move(found->second);
  answers_.erase(found);
}

void HttpBodies::clear() {
  if (!used_.load(std::memory_order_acquire)) return;
  std::map<std::uint64_t, std::shared_ptr<Answer>> ended;
  const std::lock_guard lock(mutex_);
  ended.swap(answers_);
  used_.store(false, std::memory_order_release);
}

std::size_t HttpBodies::size() const {
  const std::lock_guard lock(mutex_);
  return answers_.size();
}

}  // namespace tento::host
