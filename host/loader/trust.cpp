// SPDX-License-Identifier: Apache-2.0
// Pins and features.
#include "host/loader/trust.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>

namespace tento::host {
namespace {

// Features that this host knows how to give.
constexpr std::string_view raw_credentials = "raw-credentials";

bool same_digest(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

Accepted<void> check_trust(const NoteData& note, const std::string& sha256, const LoaderOptions& options) {
  std::string expected;
  bool pinned = false;
  for (const auto& [id, digest] : options.pins) {
    if (id != note.id) continue;
    if (same_digest(digest, sha256)) {
      pinned = true;
      break;
    }
    expected += (expected.empty() ? "" : " or ") + digest;
  }
  if (!pinned && !expected.empty())
    return tl::unexpected<Rejection>(
        {"digest_mismatch",
         fmt::format("`{}` is pinned to SHA-256 {}, and this file has {}", note.id, expected, sha256),
         "install the file that was pinned; if the new one is wanted, pin its digest in the configuration"});
  if (!pinned && options.require_pins)
    return tl::unexpected<Rejection>(
        {"not_pinned", fmt::format("the configuration runs pinned providers only, and `{}` has no pin", note.id),
         fmt::format("if you trust this file, pin {} to {} in the configuration", note.id, sha256)});
  for (const std::string& feature : note.features) {
    if (feature != raw_credentials)
      return tl::unexpected<Rejection>(
          {"unknown_feature", fmt::format("it asks for the feature `{}`, which this host does not know", feature),
           "upgrade the host, or install an older build of the provider"});
    const std::string allowed = note.id + ":" + feature;
    if (std::find(options.allowed_features.begin(), options.allowed_features.end(), allowed) ==
        options.allowed_features.end())
      return tl::unexpected<Rejection>(
          {"feature_not_allowed",
           fmt::format(
               "it asks for the feature `{}` (it would see the accounts' tokens and passwords), which nobody allowed",
               feature),
           fmt::format("if you trust it, add `{}` to the allowed features in the configuration", allowed)});
  }
  return {};
}

}  // namespace tento::host
