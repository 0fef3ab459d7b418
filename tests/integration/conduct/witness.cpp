// SPDX-License-Identifier: Apache-2.0
// The standard interfaces as slots that refuse and remember.
#include "witness.hpp"

#include <tento/deps.h>

#include <algorithm>
#include <cstring>

#include <tento/sdk/time.hpp>

namespace tento::conduct {
namespace {

// The body of an answer; those that are no good have the secret in it where no provider has a reason to quote from.
std::string body_of(Service service) {
  if (service == Service::empty) return "[]";
  std::string out = service == Service::unauthorised ? R"({"message":"refused","token":")" : R"({"token":")";
  out += Witness::secret;
  return out + (service == Service::unauthorised ? "\"}" : "");
}

tento_status refuse(tento_error* err, std::string what) {
  return to_status(fail(ErrorCode::io, ErrorClass::transient, std::move(what) + " is refused here", "refused").value(),
                   err);
}

}  // namespace

struct Slots {
  // Whose slot is called; each of them asks.
  static Witness& of(void* self) {
    Witness& witness = *static_cast<Witness*>(self);
    if (std::this_thread::get_id() != witness.slots_thread_) ++witness.strange_threads;
    return witness;
  }

  static tento_status persist(void* self, const tento_call*, const tento_uuid*, const tento_cell_batch* batch,
                              tento_error* err) noexcept {
    of(self).tell("tento.backend/1 persist_cells", *batch);
    return of(self).service == Service::unreachable ? refuse(err, "storing") : tento_status{TENTO_OK};
  }
  static tento_status read_cells(void* self, const tento_call*, tento_str, const tento_span*, const tento_cell_sink*,
                                 tento_error*) noexcept {
    of(self);
    return TENTO_OK;
  }
  static tento_status logs(void* self, const tento_call*, tento_str, std::uint64_t, const tento_cell_sink*,
                           tento_error*) noexcept {
    of(self);
    return TENTO_OK;
  }

  static tento_status load(void* self, const tento_call*, const tento_uuid*, tento_str, const tento_text_sink*,
                           tento_error*) noexcept {
    of(self);
    return TENTO_OK;
  }
  static tento_status begin(void* self, const tento_call*, const tento_uuid*, std::uint32_t, const tento_span*,
                            std::uint64_t* txn, tento_error*) noexcept {
    of(self);
    *txn = 1;
    return TENTO_OK;
  }
  static tento_status put(void* self, const tento_call*, std::uint64_t, const tento_cell_batch* batch,
                          tento_error*) noexcept {
    of(self).tell("tento.sync-state/1 put", *batch);
    return TENTO_OK;
  }
  static tento_status commit(void* self, const tento_call*, std::uint64_t, const tento_coverage*, std::uint64_t,
                             const tento_cursor* cursors, std::uint64_t count, tento_error* err) noexcept {
    for (std::uint64_t i = 0; i < count; ++i) of(self).tell("a cursor", cursors[i].value);
    return of(self).service == Service::unreachable ? refuse(err, "committing") : tento_status{TENTO_OK};
  }
  static tento_status abort(void* self, const tento_call*, std::uint64_t) noexcept {
    of(self);
    return TENTO_OK;
  }

  static tento_status sourced(void* self, const tento_call* call, tento_str, tento_str, const tento_account** out,
                              tento_error*) noexcept {
    of(self);
    *out = call->account;
    return TENTO_OK;
  }
  static tento_status acquire(void* self, const tento_call*, tento_str, tento_str, std::int64_t, tento_credential* out,
                              tento_error*) noexcept {
    Witness& witness = of(self);
    ++witness.secrets_given;
    witness.handed_ = Witness::secret;
    out->user = str("somebody");
    out->secret = str(witness.handed_);
    out->expires_unix_us = INT64_MAX;
    out->generation = 1;
    return TENTO_OK;
  }
  static tento_status rejected(void* self, const tento_call*, tento_str, tento_str, std::uint64_t,
                               tento_error*) noexcept {
    of(self);
    return TENTO_OK;
  }

  static tento_status client_for(void* self, const tento_call*, tento_str, const tento_param*, std::uint64_t,
                                 tento_client** out, tento_error*) noexcept {
    *out = of(self).client;
    return TENTO_OK;
  }

  static tento_status send(void* self, const tento_call*, const tento_http_request* request,
                           tento_http_response* response, tento_error* err) noexcept {
    Witness& witness = of(self);
    if (witness.service == Service::unreachable) return refuse(err, "the network");
    witness.body_at_ = 0;
    response->status = witness.service == Service::unauthorised ? 401 : 200;
    response->headers = nullptr;
    response->header_count = 0;
    response->body = 1;
    response->content_length = -1;
    response->final_url = request->url;
    return TENTO_OK;
  }
  static tento_status read(void* self, const tento_call*, std::uint64_t, char* buffer, std::uint64_t capacity,
                           std::uint64_t* got, std::uint32_t* end, tento_error*) noexcept {
    Witness& witness = of(self);
    const std::string body = body_of(witness.service);
    const std::size_t size = std::min<std::size_t>(capacity, body.size() - witness.body_at_);
    std::memcpy(buffer, body.data() + witness.body_at_, size);
    witness.body_at_ += size;
    *got = size;
    *end = witness.body_at_ == body.size();
    return TENTO_OK;
  }
  static tento_status whole(void* self, const tento_call*, std::uint64_t, tento_str* out, tento_error*) noexcept {
    Witness& witness = of(self);
    const std::string body = body_of(witness.service);
    witness.shown_ = body + std::string(TENTO_PADDING, '\0');
    *out = {witness.shown_.data(), body.size()};
    return TENTO_OK;
  }
  static tento_status close(void* self, const tento_call*, std::uint64_t) noexcept {
    of(self);
    return TENTO_OK;
  }

  static void write(void* self, const tento_call*, tento_log_level, tento_str text) noexcept {
    of(self).tell("the log", text);
  }

  // Two looks give two days, so that no answer made of them stays the same.
  static std::int64_t now(void* self) noexcept { return of(self).now_us_ += std::int64_t{86'400'000'000}; }
  static tento_status local_day(void* self, tento_str, std::int64_t unix_us, tento_semantic_time* out) noexcept {
    of(self);
    const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(unix_us)};
    *out = SemanticTime(PartialDate::ymd(Date(std::chrono::floor<std::chrono::days>(at)))).to_abi();
    return TENTO_OK;
  }

  static tento_status report(void* self, const tento_call*, std::uint64_t, std::uint64_t, tento_str text) noexcept {
    of(self).tell("progress", text);
    return TENTO_OK;
  }

  template <class T>
  static tento_status give(const T& vtable, std::uint32_t min_size, void* self, tento_iface* out) {
    if (min_size > sizeof(T)) return TENTO_FAILED;
    *out = {&vtable, self};
    return TENTO_OK;
  }

  static tento_status get_lifetime(const tento_lookup* lookup, tento_str id, std::uint32_t min_size,
                                   tento_iface* out) noexcept {
    static constexpr tento_log log{sizeof(tento_log), 0, write};
    static constexpr tento_clock clock{sizeof(tento_clock), 0, now, local_day};
    if (view(id) == TENTO_IFACE_ID_tento_log) return give(log, min_size, lookup->self, out);
    if (view(id) == TENTO_IFACE_ID_tento_clock) return give(clock, min_size, lookup->self, out);
    return TENTO_FAILED;
  }

  static tento_status get(const tento_lookup* lookup, tento_str id, std::uint32_t min_size, tento_iface* out) noexcept {
    static constexpr tento_backend backend{sizeof(tento_backend), 0, persist, read_cells, logs};
    static constexpr tento_sync_state sync_state{sizeof(tento_sync_state), 0, load, begin, put, commit, abort};
    static constexpr tento_user_auth user_auth{sizeof(tento_user_auth), 0, sourced, acquire, rejected};
    static constexpr tento_api_context api_context{sizeof(tento_api_context), 0, client_for};
    static constexpr tento_http http{sizeof(tento_http), 0, send, read, close, whole};
    static constexpr tento_progress progress{sizeof(tento_progress), 0, report};
    const std::string_view name = view(id);
    ++of(lookup->self).lookups;
    if (name == TENTO_IFACE_ID_tento_backend) return give(backend, min_size, lookup->self, out);
    if (name == TENTO_IFACE_ID_tento_sync_state) return give(sync_state, min_size, lookup->self, out);
    if (name == TENTO_IFACE_ID_tento_user_auth) return give(user_auth, min_size, lookup->self, out);
    if (name == TENTO_IFACE_ID_tento_api_context) return give(api_context, min_size, lookup->self, out);
    if (name == TENTO_IFACE_ID_tento_http) return give(http, min_size, lookup->self, out);
    if (name == TENTO_IFACE_ID_tento_progress) return give(progress, min_size, lookup->self, out);
    return get_lifetime(lookup, id, min_size, out);
  }
};

Witness::Witness() : now_us_(std::int64_t{1'700'000'000'000'000}) {
  lifetime_ = {sizeof lifetime_, 0, this, Slots::get_lifetime};
  deps_ = {sizeof deps_, 0, this, Slots::get};
}

void Witness::tell(const std::string& where, const tento_cell_batch& batch) {
  const char* at = reinterpret_cast<const char*>(batch.cells);
  for (std::uint64_t i = 0; i < batch.count; ++i, at += batch.stride) {
    tento_cell cell{};
    std::memcpy(&cell, at, std::min<std::size_t>(sizeof cell, batch.stride));
    tell(where, cell.id);
    tell(where, cell.data);
    tell(where, cell.version);
    tell(where, cell.raw);
  }
}

void Witness::tell(const std::string& where, tento_status status, const tento_error& error) {
  if (status != TENTO_FAILED) return;
  tell("the error of " + where, str({reinterpret_cast<const char*>(&error), sizeof error}));
}

}  // namespace tento::conduct
