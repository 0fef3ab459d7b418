// SPDX-License-Identifier: Apache-2.0
// doctor, config show, version: what this installation is and what is wrong with it.
#include <algorithm>
#include <boost/version.hpp>

#include "host/operations/columns.hpp"
#include "host/operations/context.hpp"
#include "host/operations/wording.hpp"
#include "host/services/checkup.hpp"

namespace tento::host {
namespace {

const Columns<Finding>& check_columns() {
  static const Columns<Finding> all{
      {{.name = "check"}, [](const Finding& found) -> Field { return found.check; }},
      {{.name = "status", .help = "ok, warn or fail"},
       [](const Finding& found) -> Field { return std::string(to_string(found.status)); }},
      // Who mends a host is at its command line, whichever face asks.
      {{.name = "finding"}, [](const Finding& found) -> Field { return in_words_of(Face::command_line, found.text); }},
      {{.name = "remedy", .nullable = true},
       [](const Finding& found) { return text_or_absent(in_words_of(Face::command_line, found.remedy)); }},
  };
  return all;
}

Field entry_field(const ConfigEntry& entry) {
  if (entry.secret) return display(entry);
  if (const auto* b = std::get_if<bool>(&entry.value)) return *b;
  if (const auto* list = std::get_if<std::vector<std::string>>(&entry.value)) return *list;
  return std::get<std::string>(entry.value);
}
const Columns<ConfigEntry>& config_columns() {
  static const Columns<ConfigEntry> all{
      {{.name = "key"}, [](const ConfigEntry& entry) -> Field { return entry.key; }},
      {{.name = "value", .type = FieldType::json, .help = "a text, a boolean or a list of texts"}, entry_field},
      {{.name = "source", .help = "default, a file and line, an environment variable or a flag"},
       [](const ConfigEntry& entry) -> Field { return entry.source; }},
  };
  return all;
}

const Columns<Versions>& version_columns() {
  static const Columns<Versions> all{
      {{.name = "tento"}, [](const Versions& made_of) -> Field { return made_of.tento; }},
      {{.name = "abi"}, [](const Versions& made_of) -> Field { return made_of.abi; }},
      {{.name = "store"}, [](const Versions& made_of) -> Field { return made_of.store; }},
      {{.name = "boost"}, [](const Versions&) -> Field { return std::string(BOOST_LIB_VERSION); }},
  };
  return all;
}

Result<Output> doctor(Context& ctx, const Args& args) {
  const auto report = ctx.parts.boot();
  const auto findings = check_installation(ctx.parts.config(), report, args.flag("deep"));
  Output out;
  out.columns = check_columns().columns();
  for (const auto& finding : findings) out.records.push_back(check_columns().record(finding));
  const auto failed = std::count_if(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.status == FindingStatus::fail; });
  if (report && !report->ok) {
    out.then = boot_error(*report);
  } else if (failed > 0) {
    out.then = fail(ErrorCode::unspecified, ErrorClass::config,
                    std::to_string(failed) + (failed == 1 ? " check failed" : " checks failed"))
                   .value();
    out.then->remedy = "see the remedies above";
  }
  return out;
}

Result<Output> config_show(Context& ctx, const Args&) {
  Output out;
  out.columns = config_columns().columns();
  for (const auto& entry : ctx.parts.config().entries) out.records.push_back(config_columns().record(entry));
  return out;
}

Result<Output> version(Context&, const Args&) {
  Output out;
  out.single = true;
  out.columns = version_columns().columns();
  out.records.push_back(version_columns().record(versions()));
  return out;
}

}  // namespace

std::vector<Operation> host_operations() {
  return {
      {"config",
       "show",
       Scope::admin,
       Authority::host,
       {},
       config_show,
       "show every setting in effect and where it came from; secrets stay hidden",
       {Method::get, "/api/config"},
       {.columns = config_columns().columns(), .list = "settings"},
       Answers::at_once},
      {"",
       "doctor",
       Scope::admin,
       Authority::host,
       {{.name = "deep",
         .type = ParamType::flag,
         .help = "check all of the store: each index, reference and rule, and what each cell holds"}},
       doctor,
       "check folders, permissions, providers, the boot check, the store and the vault",
       {Method::get, "/api/doctor"},
       {.columns = check_columns().columns(), .list = "checks"}},
      {"",
       "version",
       Scope::read,
       Authority::user,
       {},
       version,
       "print the versions of this program",
       {Method::get, "/api/version"},
       {.columns = version_columns().columns(), .single = true},
       Answers::at_once},
  };
}

}  // namespace tento::host
