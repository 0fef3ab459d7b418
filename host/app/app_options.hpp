// SPDX-License-Identifier: Apache-2.0
// What a host is made from: its configuration, and what only the program around it can give.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/log.hpp"
#include "host/base/version.hpp"
#include "host/capability/call_context.hpp"
#include "host/capability/deps_registry.hpp"
#include "host/config/config.hpp"
#include "host/metrics/metrics.hpp"
#include "host/model/user.hpp"

namespace tento::host {

struct AppOptions {
  Config config;
  Log log = nullptr;
  // Registers the program's own interfaces; those of the host are there already. Empty = it has none.
  std::function<Result<void>(DepsRegistry&)> register_deps = nullptr;
  std::vector<std::string> guards =
      {};  // further guard names that `guard` evaluates, beside those of the configuration
  // Whether a guard holds of which the configuration says nothing; called on any thread. Empty = `operator` holds for
  // everybody but tokens without the scope `admin`, any other for nobody.
  std::function<bool(std::string_view guard, const UserRecord& owner, const ActorInfo& actor)> guard = nullptr;
  // The program in which each provider is tried before it is opened here. Nothing = what TENTO_PROBE_PROGRAM names
  // in the environment, else tento-probe beside this program, in ../libexec/tento of it, or where it was installed; an
  // empty path = none is tried.
  std::optional<std::filesystem::path> probe_program = std::nullopt;
  // Nobody else in this process closes descriptors while the app is opened, so that all of them are watched for a
  // provider that does. Else only the standard ones and a few of the host's are.
  bool alone = false;
  std::shared_ptr<Metrics> metrics = std::make_shared<Metrics>(std::string(host_version()));
};

}  // namespace tento::host
