// SPDX-License-Identifier: Apache-2.0
// tento.http/1 over a Transport, with the checks a host makes of a request.
#include <tento/sdk/testing/fake_http.hpp>

#include <tento/sdk/settings.hpp>

#include <algorithm>
#include <string>

namespace tento::testing {
namespace {

// `scheme://host[:port]` of an absolute http or https URL; empty when it is none.
std::string_view origin(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return {};
  const std::size_t end = std::min(url.find_first_of("/?#", scheme), url.size());
  return end == scheme ? std::string_view() : url.substr(0, end);
}

// An origin in lower case and without the scheme's own port, as a host compares it.
std::string normal_origin(std::string_view url) {
  std::string out(origin(url));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::string_view port = out.starts_with("https://") ? ":443" : ":80";
  if (out.ends_with(port)) out.resize(out.size() - port.size());
  return out;
}

bool same_origin(std::string_view a, std::string_view b) {
  const std::string left = normal_origin(a);
  return !left.empty() && left.find('@') == std::string::npos && left == normal_origin(b);
}

// Whether a credential may go there: https, or this machine.
bool is_safe(std::string_view url) {
  const std::string at = normal_origin(url);
  if (at.starts_with("https://")) return true;
  for (const std::string_view here : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (at == here || (at.starts_with(here) && at[here.size()] == ':')) return true;
  }
  return false;
}

std::string_view injected_header(const tento_auth* auth) {
  if (auth == nullptr) return "authorization";
  if (auth->inject == TENTO_INJECT_HEADER) return view(auth->inject_name);
  return auth->inject == TENTO_INJECT_BEARER || auth->inject == TENTO_INJECT_BASIC ? "authorization" : "";
}

bool gets_credential(const tento_auth* auth, const FakeCall& call, const http::Request& request) {
  if (!request.with_auth || !call.options().account) return false;
  if (auth == nullptr) return true;
  if (auth->inject == TENTO_INJECT_NONE) return false;
  for (std::uint64_t i = 0; i < auth->origin_count; ++i) {
    if (same_origin(view(auth->origins[i]), request.url)) return true;
  }
  // The account's own server.
  const auto settings = Settings::parse(call.options().account->settings_json);
  if (!settings) return false;
  for (std::uint64_t i = 0; i < auth->setting_count; ++i) {
    const tento_setting& setting = *auth->settings[i];
    if (setting.type != TENTO_SETTING_URL || (setting.flags & TENTO_SETTING_ORIGIN) == 0) continue;
    const auto url = settings->string(view(setting.name));
    if (url && *url && is_safe(**url) && same_origin(**url, request.url)) return true;
  }
  return false;
}

// The declared limits that a request counts against, as a host counts: what is below a limit's prefix and what names
// it; of one that is named only, what is both. A name that is not declared, or a cost beyond its limit, is an error.
Result<std::vector<std::string>> counted_limits(const tento_integration& integration, const http::Request& request) {
  std::vector<std::string> out;
  std::string declared;
  bool known = request.limit_name.empty();
  const auto wrong = [](std::string message) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, std::move(message), "bad_request");
  };
  for (std::uint64_t i = 0; i < integration.limit_count; ++i) {
    const tento_limit& limit = *integration.limits[i];
    const std::string name(view(limit.name));
    declared += (declared.empty() ? "" : ", ") + name;
    const bool named = name == request.limit_name, below = request.url.starts_with(view(limit.url_prefix));
    known = known || named;
    if ((limit.flags & TENTO_LIMIT_NAMED_ONLY) != 0 ? !(named && below) : !(named || below)) continue;
    const std::uint64_t cost = named || request.limit_name.empty() ? std::max<std::uint64_t>(request.limit_cost, 1) : 1;
    if (cost > limit.capacity) {
      return wrong("the request costs " + std::to_string(cost) + " of the limit `" + name + "`, which has " +
                   std::to_string(limit.capacity) + " in all");
    }
    out.push_back(name);
  }
  if (!known) {
    return wrong("the request counts against the limit `" + request.limit_name + "`, and the integration has " +
                 (declared.empty() ? "none" : "only " + declared));
  }
  return out;
}

tento_status refuse_request(tento_error* err, ErrorCode code, std::string message) {
  return to_status(fail(code, ErrorClass::internal, std::move(message)).value(), err);
}

}  // namespace

std::vector<SentRequest> FakeHttp::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t FakeHttp::open_bodies() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(open_.begin(), open_.end(), [](const auto& e) { return !e.second->ended; }));
}

void FakeHttp::end_call(const FakeCall& call) {
  const std::lock_guard lock(mutex_);
  std::erase_if(open_, [&call](const auto& entry) { return entry.second->call == call.get(); });
}

struct FakeHttp::Slots {
  static FakeHttp& of(void* self) { return *static_cast<FakeHttp*>(self); }

  static tento_status send(void* self, const tento_call* c, const tento_http_request* ask, tento_http_response* out,
                           tento_error* err) noexcept {
    FakeHttp& fake = of(self);
    const auto [call, status] = fake.calls_.enter(c, TENTO_IFACE_ID_tento_http, err);
    if (call == nullptr) return status;
    if ((ask->flags & ~(TENTO_HTTP_NO_AUTH | TENTO_HTTP_NO_REDIRECT)) != 0) {
      return refuse_request(err, ErrorCode::invalid_argument, "the request has unknown flags");
    }
    http::Request request;
    request.method = view(ask->method);
    request.url = view(ask->url);
    request.body = view(ask->body);
    request.with_auth = (ask->flags & TENTO_HTTP_NO_AUTH) == 0;
    request.follow_redirects = (ask->flags & TENTO_HTTP_NO_REDIRECT) == 0;
    request.max_body = ask->max_body;
    request.max_wait = std::chrono::milliseconds{ask->max_wait_ms};
    request.limit_name = view(ask->limit_name);
    request.limit_cost = ask->limit_cost;
    for (std::uint64_t i = 0; i < ask->header_count; ++i) {
      const std::string_view name = view(ask->headers[i].name), value = view(ask->headers[i].value);
      using std::string_view_literals::operator""sv;
      if (name.empty() || value.find_first_of("\r\n\0"sv) != std::string_view::npos) {
        return refuse_request(
            err, ErrorCode::invalid_argument,
            "header " + std::to_string(i) + " is not a valid header: no name, or CR, LF or NUL in it");
      }
      if (request.with_auth && http::same_name(name, injected_header(fake.auth_))) {
        return refuse_request(err, ErrorCode::invalid_argument,
                              "the header " + std::string(name) + " is the host's to set: leave it out");
      }
      request.headers.push_back({std::string(name), std::string(value)});
    }
    if (request.method.empty()) return refuse_request(err, ErrorCode::invalid_argument, "the request has no method");
    if (origin(request.url).empty())
      return refuse_request(err, ErrorCode::invalid_argument, "the url is not an absolute http or https url");

    Result<std::vector<std::string>> counted;
    if (fake.integration_ != nullptr) counted = counted_limits(*fake.integration_, request);
    if (!counted) return to_status(counted.error(), err);
    {
      const std::lock_guard lock(fake.mutex_);
      fake.requests_.push_back({request, gets_credential(fake.auth_, *call, request), std::move(*counted)});
    }
    Result<http::Response> response = fake.transport_->send(request);
    if (!response) return to_status(response.error(), err);
    // A cancel or a deadline that came while it was sent wakes up the one who waits.
    if (const tento_check state = call->state(); state == TENTO_CHECK_CANCELLED || state == TENTO_CHECK_EXPIRED)
      return TENTO_STOPPED;

    auto open = std::make_shared<Open>();
    open->call = c;
    open->response = std::move(*response);
    for (const http::Header& h : open->response.headers) open->headers.push_back({str(h.name), str(h.value)});
    open->ended = open->response.body == nullptr;
    if (request.max_body != 0) open->most = static_cast<std::size_t>(request.max_body);
    out->status = open->response.status;
    out->headers = open->headers.data();
    out->header_count = open->headers.size();
    out->content_length =
        open->response.content_length ? static_cast<std::int64_t>(*open->response.content_length) : -1;
    out->final_url = str(open->response.final_url);
    const std::lock_guard lock(fake.mutex_);
    const std::uint64_t handle = fake.next_++;
    out->body = open->ended ? 0 : handle;
    fake.open_.emplace(handle, std::move(open));
    return TENTO_OK;
  }

  static std::shared_ptr<Open> find(FakeHttp& fake, const tento_call* c, std::uint64_t body) {
    const std::lock_guard lock(fake.mutex_);
    const auto found = fake.open_.find(body);
    return found == fake.open_.end() || found->second->call != c ? nullptr : found->second;
  }

  static tento_status read(void* self, const tento_call* c, std::uint64_t body, char* buffer, std::uint64_t capacity,
                           std::uint64_t* got, std::uint32_t* end, tento_error* err) noexcept {
    FakeHttp& fake = of(self);
    const auto [call, status] = fake.calls_.enter(c, TENTO_IFACE_ID_tento_http, err);
    if (call == nullptr) return status;
    const std::shared_ptr<Open> open = find(fake, c, body);
    if (open == nullptr)
      return refuse_request(err, ErrorCode::not_found, "the call has no open body " + std::to_string(body));
    if (open->whole) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, open->size - open->at));
      std::copy_n(open->whole.get() + open->at, size, buffer);
      open->at += size;
      *got = size;
      *end = open->at == open->size ? 1 : 0;
      return TENTO_OK;
    }
    open->begun = true;
    if (open->response.body == nullptr) {
      *got = 0;
      *end = 1;
      return TENTO_OK;
    }
    const auto chunk = open->response.body->read({buffer, static_cast<std::size_t>(capacity)});
    if (!chunk) return to_status(chunk.error(), err);
    *got = chunk->size;
    *end = chunk->end ? 1 : 0;
    const std::lock_guard lock(fake.mutex_);
    open->ended = chunk->end;
    return TENTO_OK;
  }

  static tento_status view_body(void* self, const tento_call* c, std::uint64_t body, tento_str* out,
                                tento_error* err) noexcept {
    FakeHttp& fake = of(self);
    const auto [call, status] = fake.calls_.enter(c, TENTO_IFACE_ID_tento_http, err);
    if (call == nullptr) return status;
    const std::shared_ptr<Open> open = find(fake, c, body);
    if (open == nullptr)
      return refuse_request(err, ErrorCode::not_found, "the call has no open body " + std::to_string(body));
    if (open->begun) {
      return refuse_request(err, ErrorCode::invalid_argument,
                            "a part of the body was read already: ask for the whole before the first read");
    }
    if (!open->whole) {
      const auto bytes = http::read_all(open->response, open->most);
      if (!bytes) return to_status(bytes.error(), err);
      // Of exactly its size, so that a sanitizer sees who reads beyond the padding.
      open->whole = std::make_unique<char[]>(bytes->size() + TENTO_PADDING);
      std::copy(bytes->begin(), bytes->end(), open->whole.get());
      open->size = bytes->size();
    }
    *out = str(std::string_view(open->whole.get(), open->size));
    const std::lock_guard lock(fake.mutex_);
    open->ended = true;
    return TENTO_OK;
  }

  static tento_status close(void* self, const tento_call* c, std::uint64_t body) noexcept {
    FakeHttp& fake = of(self);
    const std::lock_guard lock(fake.mutex_);
    const auto found = fake.open_.find(body);
    if (found != fake.open_.end() && found->second->call == c) fake.open_.erase(found);
    return TENTO_OK;
  }
};

const tento_http FakeHttp::vtable = {sizeof(tento_http), 0, &Slots::send, &Slots::read, &Slots::close,
                                     &Slots::view_body};

}  // namespace tento::testing
