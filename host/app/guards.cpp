// SPDX-License-Identifier: Apache-2.0
// Judging guards by the rules of the configuration.
#include "host/app/guards.hpp"

#include <algorithm>
#include <utility>

namespace tento::host {
namespace {

// Who asks, as a name: the person at the command line asks for the owner.
std::string asking_user(UserStore& users, const UserRecord& owner, const ActorInfo& actor) {
  if (actor.id.nil() || actor.id == owner.id) return owner.name;
  const auto found = users.find(actor.id);
  return found && *found ? (*found)->name : std::string();
}

bool has_scope(const ActorInfo& actor, Scope scope) {
  return actor.kind != TENTO_ACTOR_TOKEN || actor.scopes.has(scope);
}

}  // namespace

std::vector<std::string> known_guards(const AppOptions& options) {
  auto out = options.guards;
  for (const auto& [name, rule] : options.config.guards) out.push_back(name);
  return out;
}

std::function<bool(std::string_view, const UserRecord&, const ActorInfo&)> guard_of(const AppOptions& options,
                                                                                    UserStore& users) {
  return [rules = options.config.guards, further = options.guard, &users](
             std::string_view guard, const UserRecord& owner, const ActorInfo& actor) {
    const auto rule = rules.find(guard);
    if (rule == rules.end()) {
      if (further) return further(guard, owner, actor);
      return guard == "operator" && has_scope(actor, Scope::admin);
    }
    if (rule->second.scope) return has_scope(actor, *rule->second.scope);
    const auto& named = rule->second.users;
    return !named.empty() && std::ranges::find(named, asking_user(users, owner, actor)) != named.end();
  };
}

}  // namespace tento::host
