// SPDX-License-Identifier: Apache-2.0
// Calls for no row: trying an account, and asking which rows it has.
#include <algorithm>
#include <utility>

#include <openssl/crypto.h>
#include <simdjson.h>

#include "host/base/text.hpp"
#include "host/dispatch/calls.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::size_t most_discovered_rows = 100'000;  // of one discovery

// What an integration call is for; kept by its worker.
struct IntegrationSubject {
  std::shared_ptr<const RouteTable> table;
  UserRecord owner;
  AccountRecord account;
  std::string secret;
  ~IntegrationSubject() { OPENSSL_cleanse(secret.data(), secret.size()); }
};

CallSubject subject_of(const std::shared_ptr<const IntegrationSubject>& kept, const tento_integration& integration) {
  CallSubject out;
  out.keep = kept;
  out.table = kept->table.get();
  out.integration = &integration;
  out.owner = &kept->owner;
  out.account = integration.account_param.size == 0 ? nullptr : &kept->account;
  out.staged_secret = kept->secret;
  return out;
}

// The context of an integration slot, with the account as its one param.
struct IntegrationFrame {
  tento_param account{};
  tento_integration_ctx ctx{};
  IntegrationFrame(const tento_integration& integration, const AccountRecord* of, const tento_call* call) {
    ctx.struct_size = sizeof ctx;
    ctx.call = call;
    ctx.integration = &integration;
    if (of == nullptr) return;
    account = {integration.account_param, str(of->auth_id)};
    ctx.params = &account;
    ctx.param_count = 1;
  }
  IntegrationFrame(const IntegrationFrame&) = delete;
  IntegrationFrame& operator=(const IntegrationFrame&) = delete;
};

// Takes rows from a provider, checked against its own descriptors.
class RowCatcher {
 public:
  RowCatcher(const RouteTable& table, const tento_integration& integration, const AccountRecord* account,
             std::vector<DiscoveredRow>& rows)
      : table_(table), integration_(integration), account_(account), rows_(rows), sink_{sizeof sink_, 0, this, &put} {}
  RowCatcher(const RowCatcher&) = delete;
  RowCatcher& operator=(const RowCatcher&) = delete;
  [[nodiscard]] const tento_row_sink* sink() const { return &sink_; }
  [[nodiscard]] const std::optional<Error>& defect() const { return defect_; }

 private:
  static tento_status put(const tento_row_sink* sink, const tento_row_instance* row, tento_error* err) noexcept {
    auto& self = *static_cast<RowCatcher*>(sink->self);
    try {
      if (self.defect_) return to_status(*self.defect_, err);
      if (auto taken = self.take(row); !taken) {
        self.defect_ = std::move(taken).error();
        return to_status(*self.defect_, err);
      }
      return TENTO_OK;
    } catch (...) {
      return to_status(Error{}, err);
    }
  }

  Result<void> take(const tento_row_instance* row) {
    const auto wrong = [&](const std::string& why) {
      return fail(ErrorCode::invalid_data, ErrorClass::internal,
                  "discovered row " + std::to_string(rows_.size()) + ": " + why, "invalid_discovery");
    };
    if (row == nullptr || row->struct_size < floor_size<tento_row_instance>) return wrong("it is null or too short");
    if (rows_.size() >= most_discovered_rows)
      return wrong("an account has at most " + std::to_string(most_discovered_rows) + " rows");
    const auto all = table_.routes();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Route* r) {
      return r->row == row->row && r->integration == &integration_ && !r->made_by_host;
    });
    if (found == all.end()) return wrong("its descriptor is not one of the integration's rows");
    const Route& route = **found;
    if (row->param_count > max_segments || (row->params == nullptr && row->param_count != 0))
      return wrong("its params are broken");
    std::vector<Param> params;
    for (std::uint64_t i = 0; i < row->param_count; ++i) {
      params.push_back({std::string(view(row->params[i].name)), std::string(view(row->params[i].value))});
    }
    auto key = route.pattern.key(params);
    if (!key) return wrong(key.error().message);
    if (account_ != nullptr) {
      const std::string_view name = view(integration_.account_param);
      const auto own = std::find_if(params.begin(), params.end(), [&](const Param& p) { return p.name == name; });
      if (own == params.end() || own->value != account_->auth_id) return wrong("it belongs to another account");
    }
    const std::string attributes(view(row->attributes_json));
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (!attributes.empty() && parser.parse(attributes).get(object) != simdjson::SUCCESS) {
      return wrong("its attributes are not a JSON object");
    }
    rows_.push_back({std::move(*key), route.pattern.text(), plain(view(row->label), TENTO_MAX_DESCRIPTOR), attributes});
    return {};
  }

  const RouteTable& table_;
  const tento_integration& integration_;
  const AccountRecord* account_;
  std::vector<DiscoveredRow>& rows_;
  std::optional<Error> defect_;
  tento_row_sink sink_;
};

}  // namespace

CallSubject subject_of(const std::shared_ptr<const Target>& target) {
  CallSubject out;
  out.keep = target;
  out.table = target->table.get();
  out.route = target->match.route;
  out.integration = out.route->integration;
  out.owner = &target->owner;
  out.account = target->account ? &*target->account : nullptr;
  out.row = &target->row;
  return out;
}

Result<ClientPtr> client_of(InFlightCall& in_flight, const tento_call* call) {
  return in_flight.provider->clients.get(in_flight.provider->port, *in_flight.context->subject.integration,
                                         *in_flight.context, call);
}

Result<AccountCheck> check_account(Core& core, std::shared_ptr<const RouteTable> table, const Route& route,
                                   const UserRecord& owner, const AccountRecord& provisional, std::string_view secret,
                                   const CallOptions& options) {
  const tento_integration& integration = *route.integration;
  if (integration.check_account == nullptr) return AccountCheck{};
  AccountRecord staged = provisional;
  staged.state = TENTO_ACCOUNT_PROVISIONAL;
  const auto kept = std::make_shared<const IntegrationSubject>(
      IntegrationSubject{std::move(table), owner, std::move(staged), std::string(secret)});
  const auto out = std::make_shared<AccountCheck>();
  const auto ran = core.run(
      route.provider, subject_of(kept, integration), "check_account of " + quote(view(integration.id)), options,
      [kept, out, &integration](InFlightCall& in_flight, CallSlot& slot) -> Result<void> {
        const ProviderPort& port = in_flight.provider->port;
        // Nothing of a provisional account is kept, its client neither.
        TENTO_TRY_ASSIGN(const ClientPtr client, make_client(port, integration, *in_flight.context, &slot, false));
        const IntegrationFrame frame(integration, in_flight.context->subject.account, &slot);
        TextCatcher auth_id(TENTO_MAX_PARAM), label(TENTO_MAX_DESCRIPTOR);
        TENTO_TRY(call_slot(port, "check_account", integration.check_account, port.provider().instance(), client->get(),
                            &frame.ctx, auth_id.sink(), label.sink()));
        TENTO_TRY(auth_id.check(port, "check_account"));
        out->auth_id = auth_id.text();
        out->label = plain(label.text(), TENTO_MAX_DESCRIPTOR);
        return {};
      });
  if (!ran) return fail(ran.error());
  return std::move(*out);
}

Result<std::vector<DiscoveredRow>> discover(Core& core, std::shared_ptr<const RouteTable> table, const Route& route,
                                            const UserRecord& owner, const AccountRecord& account,
                                            const CallOptions& options) {
  const tento_integration& integration = *route.integration;
  if (integration.discover == nullptr) return std::vector<DiscoveredRow>{};
  const auto kept =
      std::make_shared<const IntegrationSubject>(IntegrationSubject{std::move(table), owner, account, {}});
  const auto out = std::make_shared<std::vector<DiscoveredRow>>();
  const auto ran =
      core.run(route.provider, subject_of(kept, integration), "discover of " + quote(view(integration.id)), options,
               [kept, out, &integration](InFlightCall& in_flight, CallSlot& slot) -> Result<void> {
                 const ProviderPort& port = in_flight.provider->port;
                 TENTO_TRY_ASSIGN(const ClientPtr client, client_of(in_flight, &slot));
                 const AccountRecord* of = in_flight.context->subject.account;
                 const IntegrationFrame frame(integration, of, &slot);
                 RowCatcher rows(*kept->table, integration, of, *out);
                 auto done = call_slot(port, "discover", integration.discover, port.provider().instance(),
                                       client->get(), &frame.ctx, rows.sink());
                 if (rows.defect()) return fail(*rows.defect());
                 return done;
               });
  if (!ran) return fail(ran.error());
  return std::move(*out);
}

}  // namespace tento::host
