// SPDX-License-Identifier: Apache-2.0
// key list, key rotate: the vault's keys by their ids. No key is ever told.
#include "host/operations/columns.hpp"
#include "host/operations/perform.hpp"
#include "host/services/admin_service.hpp"

namespace tento::host {
namespace {

const Columns<KeyUse>& key_columns() {
  static const Columns<KeyUse> all{
      {{.name = "id"}, [](const KeyUse& key) -> Field { return key.id; }},
      {{.name = "seals", .type = FieldType::boolean, .help = "what is stored now is sealed with it"},
       [](const KeyUse& key) -> Field { return key.current; }},
      {{.name = "credentials", .type = FieldType::integer, .help = "how many are sealed with it"},
       [](const KeyUse& key) { return count_field(key.credentials); }},
  };
  return all;
}
const Columns<ResealCounts>& rotated_columns() {
  static const Columns<ResealCounts> all{
      {{.name = "id", .help = "the key that seals from now on"},
       [](const ResealCounts& counts) -> Field { return counts.key; }},
      {{.name = "resealed", .type = FieldType::integer, .help = "credentials that were under another key"},
       [](const ResealCounts& counts) { return count_field(counts.resealed); }},
      {{.name = "unchanged", .type = FieldType::integer, .help = "credentials that were under it already"},
       [](const ResealCounts& counts) { return count_field(counts.current); }},
      {{.name = "unused", .type = FieldType::list, .help = "ids of keys that nothing is sealed with any more"},
       [](const ResealCounts& counts) -> Field { return counts.unused; }},
  };
  return all;
}

Result<Output> list_keys(StoreContext& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto keys, ctx.admin.keys());
  Output out;
  out.columns = key_columns().columns();
  for (const auto& key : keys) out.records.push_back(key_columns().record(key));
  if (keys.empty()) out.notes.emplace_back("no key yet: the first one is made when the first credential is stored");
  return out;
}

Result<Output> rotate(StoreContext& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto rotation, ctx.admin.rotate_keys());
  ctx.audit_target = rotation.counts.key;
  Output out;
  out.single = true;
  out.columns = rotated_columns().columns();
  out.records.push_back(rotated_columns().record(rotation.counts));
  const auto file = rotation.key_file.string();
  if (!rotation.key_file_is_given)
    out.notes.push_back("copies of the store from before need the key file from before; " + file +
                        " has the new key alone");
  else if (!rotation.counts.unused.empty())
    out.notes.push_back(file + " is the service manager's: take the unused keys out of what it is made from");
  return out;
}

}  // namespace

std::vector<Operation> key_operations() {
  return {
      {"key",
       "list",
       Scope::admin,
       Authority::host,
       {},
       list_keys,
       "list the keys of the key file by id, and how many credentials are sealed with each",
       {Method::get, "/api/keys"},
       {.columns = key_columns().columns(), .list = "keys"}},
      {"key",
       "rotate",
       Scope::admin,
       Authority::host,
       {},
       rotate,
       "make a new key, seal every credential with it, and forget the old ones; others go on working meanwhile",
       {Method::post, "/api/keys/rotate"},
       {.columns = rotated_columns().columns(), .single = true}},
  };
}

}  // namespace tento::host
