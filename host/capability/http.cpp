// SPDX-License-Identifier: Apache-2.0
// tento.http/1: HTTP by pull. The slots check what they are given and leave the rest to http_exchange.cpp.
#include <cstring>

#include "host/capability/http_exchange.hpp"
#include "host/capability/standard_deps.hpp"
#include "host/egress/request.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

tl::unexpected<Error> wrong_call(std::string message) {
  return fail(ErrorCode::invalid_argument, ErrorClass::internal, std::move(message), "bad_request");
}

tento_status send(void* self, const tento_call* call, const tento_http_request* ask, tento_http_response* out,
                  tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    std::uint32_t size = 0;
    if (out != nullptr) std::memcpy(&size, out, sizeof size);
    if (size < floor_size<tento_http_response>)
      return wrong_call("the place for the answer is null or shorter than in ABI 1.0");
    TENTO_TRY_ASSIGN(http::Request request, read_request(ask, injection_of(context.subject.integration->auth)));
    const auto service = port.env().http;
    if (!service) {
      return fail(ErrorCode::unsupported, ErrorClass::config, "this host sends no requests", "no_http");
    }
    TENTO_TRY_ASSIGN(Exchanged done, exchange(port, context, *service, std::move(request)));
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    context.http_bodies.keep(std::move(done.response), std::move(done.sender), *out);
    return {};
  });
}

tento_status read(void* self, const tento_call* call, std::uint64_t body, char* buffer, std::uint64_t capacity,
                  std::uint64_t* got, std::uint32_t* end, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort&, CallContext& context) -> Result<void> {
    if (buffer == nullptr || capacity == 0) return wrong_call("the buffer for the body is null or empty");
    if (got == nullptr || end == nullptr) return wrong_call("a place for what was read is null");
    const auto chunk = context.http_bodies.read(body, buffer, capacity);
    if (!chunk) return context.stopped() ? stopped() : fail(chunk.error());
    *got = chunk->size;
    *end = chunk->end ? 1 : 0;
    return {};
  });
}

tento_status view_body(void* self, const tento_call* call, std::uint64_t body, tento_str* out,
                       tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort&, CallContext& context) -> Result<void> {
    if (out == nullptr) return wrong_call("the place for the body is null");
    const auto whole = context.http_bodies.view(body);
    if (!whole) return context.stopped() ? stopped() : fail(whole.error());
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    *out = str(*whole);
    return {};
  });
}

tento_status close(void* self, const tento_call* call, std::uint64_t body) noexcept {
  return in_call(self, call, nullptr, [&](ProviderPort&, CallContext& context) -> Result<void> {
    context.http_bodies.close(body);
    return {};
  });
}

constexpr tento_http http_table{sizeof(tento_http), 0, &send, &read, &close, &view_body};

}  // namespace

const tento_http& http_vtable() {
  return http_table;
}

}  // namespace tento::host
