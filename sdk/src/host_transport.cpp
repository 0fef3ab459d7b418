// SPDX-License-Identifier: Apache-2.0
// tento.http/1 behind the Transport seam: views in, owned values out.
#include <tento/sdk/host_transport.hpp>

namespace tento::http {
namespace {

class HostBody final : public Body {
 public:
  HostBody(const tento_http* http, void* self, const tento_call* call, std::uint64_t handle) noexcept
      : http_(http), self_(self), call_(call), handle_(handle) {}
  ~HostBody() override {
    if (!ended_ || lent_) static_cast<void>(http_->close(self_, call_, handle_));
  }

  Result<Chunk> read(std::span<char> buffer) override {
    if (ended_) return Chunk{0, true};
    std::uint64_t got = 0;
    std::uint32_t end = 0;
    tento_error err;
    const tento_status status = http_->read(self_, call_, handle_, buffer.data(), buffer.size(), &got, &end, &err);
    TENTO_TRY(to_result(status, err));
    if (got > buffer.size()) {
      return fail(ErrorCode::unspecified, ErrorClass::internal, "tento.http/1 read more than the buffer holds");
    }
    ended_ = end != 0;
    return Chunk{static_cast<std::size_t>(got), ended_};
  }

  Result<Text> whole(std::size_t max) override {
    tento_str bytes{};
    tento_error err;
    TENTO_TRY(to_result(http_->view(self_, call_, handle_, &bytes, &err), err));
    lent_ = true;  // the bytes live until the handle is closed
    if (bytes.size > max) {
      return fail(ErrorCode::too_large, ErrorClass::provider,
                  "the answer is larger than " + std::to_string(max) + " bytes", "body_too_large");
    }
    return Text::borrowed(view(bytes));
  }

 private:
  const tento_http* http_;
  void* self_;
  const tento_call* call_;
  std::uint64_t handle_;
  bool ended_ = false;
  bool lent_ = false;
};

}  // namespace

Result<HostTransport> HostTransport::of(const tento_call* call) {
  static constexpr tento_need http_need = TENTO_NEED(tento_http, view);
  tento_iface found{};
  if (call->deps->get(call->deps, http_need.id, http_need.min_size, &found) != TENTO_OK) {
    return fail(ErrorCode::unsupported, ErrorClass::internal,
                "tento.http/1 is not to be had: the integration has to list it among its needs", "no_http");
  }
  return HostTransport(found, call);
}

Result<Response> HostTransport::send(const Request& request) {
  std::vector<tento_header> headers;
  headers.reserve(request.headers.size());
  for (const Header& h : request.headers) headers.push_back({str(h.name), str(h.value)});

  tento_http_request ask{};
  ask.struct_size = sizeof ask;
  ask.flags = (request.with_auth ? 0 : TENTO_HTTP_NO_AUTH) | (request.follow_redirects ? 0 : TENTO_HTTP_NO_REDIRECT);
  ask.method = str(request.method);
  ask.url = str(request.url);
  ask.headers = headers.data();
  ask.header_count = headers.size();
  ask.body = str(request.body);
  ask.max_body = request.max_body;
  ask.max_wait_ms = request.max_wait.count();
  ask.limit_name = str(request.limit_name);
  ask.limit_cost = request.limit_cost;

  tento_http_response answer{};
  answer.struct_size = sizeof answer;
  tento_error err;
  TENTO_TRY(to_result(http_->send(self_, call_, &ask, &answer, &err), err));

  Response out;
  if (answer.body != 0) out.body = std::make_unique<HostBody>(http_, self_, call_, answer.body);
  out.status = answer.status;
  out.headers.reserve(static_cast<std::size_t>(answer.header_count));
  for (std::uint64_t i = 0; i < answer.header_count; ++i) {
    out.headers.push_back({std::string(view(answer.headers[i].name)), std::string(view(answer.headers[i].value))});
  }
  if (answer.content_length >= 0) out.content_length = static_cast<std::uint64_t>(answer.content_length);
  out.final_url = view(answer.final_url);
  return out;
}

}  // namespace tento::http
