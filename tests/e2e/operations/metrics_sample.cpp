// SPDX-License-Identifier: Apache-2.0
// Does a few things with a provider and prints the figures: metrics_sample DATA_FOLDER PLUGIN_FOLDER.
#include <cstdio>

#include "host/app/app.hpp"
#include "host/operations/metrics.hpp"
#include "host/operations/perform.hpp"

using namespace tento;
using namespace tento::host;

namespace {

bool run(App& app, std::string_view noun, std::string_view verb, const RawArgs& raw) {
  Caller caller;
  caller.actor.kind = TENTO_ACTOR_USER;
  const auto* operation = find_operation(noun, verb);
  const auto args = parse_args(*operation, raw);
  const auto output = args ? perform(*operation, app, caller, *args) : Result<Output>(fail(args.error()));
  if (!output) return false;
  return for_each_record(*output, [](std::span<const FieldView>) { return true; }).has_value() && !output->then;
}

Result<std::string> figures(const std::string& data, const std::string& plugins) {
  ConfigInputs inputs;
  inputs.flags["data-dir"] = {data};
  inputs.flags["plugin-dir"] = {plugins};
  TENTO_TRY_ASSIGN(auto config, load_config(inputs));
  TENTO_TRY_ASSIGN(const auto app,
                   App::open({.config = std::move(config), .metrics = std::make_shared<Metrics>("9.9.9")}));
  const RawArgs account{{"provider", {"sample"}}, {"integration", {"Sample"}}, {"set", {"root=."}}};
  auto refused = account;
  refused["set"].emplace_back("mode=auth");
  const RawArgs::Texts key{":~sample:one:events"};
  const bool well = !run(*app, "account", "connect", refused) && run(*app, "account", "connect", account) &&
                    run(*app, "row", "sync", {{"key", key}}) &&
                    run(*app, "row", "post", {{"key", key}, {"body", {R"({"id":"n1","title":"new"})"}}});
  auto text = metrics_text(app->metrics(), app->host().admin);
  app->shutdown(3000);
  if (!well) return fail(ErrorCode::unspecified, ErrorClass::internal, "a step failed");
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const auto text = argc == 3 ? figures(argv[1], argv[2]) : Result<std::string>("");
  std::fputs(text ? text->c_str() : text.error().message.c_str(), text ? stdout : stderr);
  return text ? 0 : 1;
}
