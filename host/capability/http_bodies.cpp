// SPDX-License-Identifier: Apache-2.0
// Handles are counters that are looked up, so a provider that makes one up reaches nothing.
#include "host/capability/http_bodies.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "host/egress/service.hpp"

namespace tento::host {

namespace {

std::size_t size_of_head(const http::Response& response) {
  std::size_t size = response.headers.size() * sizeof(tento_header) + response.final_url.size();
  for (const http::Header& header : response.headers) size += header.name.size() + header.value.size();
  return size;
}

// Writes a head into memory of its size, aligned for its list.
void put_head(const http::Response& response, void* memory, tento_http_response& out) {
  auto* list = static_cast<tento_header*>(memory);
  auto* text = reinterpret_cast<char*>(list + response.headers.size());
  const auto put = [&text](const std::string& from) {
    const std::string_view kept(text, from.size());
    text = std::copy(from.begin(), from.end(), text);
    return str(kept);
  };
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const http::Header& header = response.headers[i];
    const tento_str name = put(header.name);
    new (list + i) tento_header{name, put(header.value)};
  }
  out.headers = list;
  out.header_count = response.headers.size();
  out.final_url = put(response.final_url);
}

}  // namespace

void HttpBodies::keep(http::Response response, std::shared_ptr<HttpSender> sender, tento_http_response& out) {
  out.status = response.status;
  out.content_length = response.content_length ? static_cast<std::int64_t>(*response.content_length) : -1;
  out.body = 0;
  const std::size_t size = size_of_head(response);
  if (response.body == nullptr) {
    const std::lock_guard lock(mutex_);
    used_.store(true, std::memory_order_release);
    put_head(response, heads_.allocate(size, alignof(tento_header)), out);
    return;
  }
  auto answer = std::make_shared<Answer>();
  answer->sender = std::move(sender);
  answer->head = std::make_unique<std::byte[]>(size);
  put_head(response, answer->head.get(), out);
  answer->body = std::move(response.body);
  answer->announced = response.content_length;
  const std::lock_guard lock(mutex_);
  used_.store(true, std::memory_order_release);
  out.body = ++last_handle_;
  answers_.emplace(out.body, std::move(answer));
}

Result<std::shared_ptr<HttpBodies::Answer>> HttpBodies::find(std::uint64_t handle) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = answers_.find(handle); found != answers_.end()) return found->second;
  return fail(ErrorCode::not_found, ErrorClass::internal, "this call has no open body " + std::to_string(handle),
              "unknown_body");
}

// The transport ends a body that is longer than the request allows, so what is announced beyond that fails there.
Result<void> HttpBodies::gather(Answer& answer) {
  constexpr std::size_t smallest_read_bytes = 64u << 10;
  constexpr std::uint64_t largest_reserve_bytes = 64u << 20;
  // One byte more than announced lets the end come with the last bytes.
  std::size_t room = answer.announced ? static_cast<std::size_t>(std::min(*answer.announced, largest_reserve_bytes)) + 1
                                      : smallest_read_bytes;
  auto bytes = std::make_unique_for_overwrite<char[]>(room + TENTO_PADDING);
  std::size_t used = 0;
  for (;;) {
    TENTO_TRY_ASSIGN(const http::Body::Chunk chunk, answer.body->read({bytes.get() + used, room - used}));
    used += chunk.size;
    if (chunk.end) break;
    if (used < room) continue;
    room = used + std::max(smallest_read_bytes, used);
    auto larger = std::make_unique_for_overwrite<char[]>(room + TENTO_PADDING);
    std::memcpy(larger.get(), bytes.get(), used);
    bytes = std::move(larger);
  }
  std::memset(bytes.get() + used, 0, TENTO_PADDING);
  answer.bytes = std::move(bytes);
  answer.size = used;
  return {};
}

Result<std::string_view> HttpBodies::view(std::uint64_t handle) {
  TENTO_TRY_ASSIGN(const std::shared_ptr<Answer> answer, find(handle));
  const std::lock_guard lock(answer->reading);
  if (answer->begun) {
    return fail(
        ErrorCode::invalid_argument, ErrorClass::internal,
        "a part of the body " + std::to_string(handle) + " was read already: ask for the whole before the first read",
        "body_begun");
  }
  if (answer->bytes == nullptr) {
    TENTO_TRY(gather(*answer));
    answer->body.reset();  // the connection is free for the next request from here on
  }
  return std::string_view(answer->bytes.get(), answer->size);
}

Result<http::Body::Chunk> HttpBodies::read(std::uint64_t handle, char* buffer, std::uint64_t capacity) {
  TENTO_TRY_ASSIGN(const std::shared_ptr<Answer> answer, find(handle));
  const std::lock_guard lock(answer->reading);
  if (answer->bytes != nullptr) {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, answer->size - answer->at));
    std::memcpy(buffer, answer->bytes.get() + answer->at, size);
    answer->at += size;
    return http::Body::Chunk{size, answer->at == answer->size};
  }
  answer->begun = true;
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
  heads_.release();
  used_.store(false, std::memory_order_release);
}

std::size_t HttpBodies::size() const {
  const std::lock_guard lock(mutex_);
  return answers_.size();
}

}  // namespace tento::host
