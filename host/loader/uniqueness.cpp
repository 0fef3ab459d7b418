// SPDX-License-Identifier: Apache-2.0
// Ids and prefixes among the files that could be opened.
#include "host/loader/uniqueness.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>

#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

using Verdicts = std::vector<std::optional<Verdict>>;

Verdict superseded(std::string code, std::string reason, std::string remedy) {
  return {Verdict::Kind::superseded, Rejection{std::move(code), std::move(reason), std::move(remedy)}};
}
Verdict rejected(std::string code, std::string reason, std::string remedy) {
  return {Verdict::Kind::rejected, Rejection{std::move(code), std::move(reason), std::move(remedy)}};
}

// Decides among the files of one id; the one to open, if any, keeps Kind::open.
class IdContest {
 public:
  IdContest(const std::vector<Contender>& all, std::vector<std::size_t> members, Verdicts& verdicts)
      : all_(all), members_(std::move(members)), verdicts_(verdicts) {}

  void decide() {
    drop_same_bytes();
    const std::size_t best = *std::max_element(members_.begin(), members_.end(),
                                               [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
    std::vector<std::size_t> top;
    for (const std::size_t i : members_)
      if (!(rank(i) < rank(best)) && !(rank(best) < rank(i))) top.push_back(i);
    for (const std::size_t i : members_) {
      const bool is_top = std::find(top.begin(), top.end(), i) != top.end();
      if (all_[i].state == Contender::State::loaded) continue;
      const bool as_new = all_[best].state == Contender::State::loaded && !(version(i) < version(best));
      if (as_new)
        verdicts_[i] = rejected("same_version",
                                fmt::format("`{}` {} is also in {}, with other bytes; that one is loaded and goes on",
                                            all_[i].id, all_[i].version, all_[best].path.string()),
                                "give the newer build a higher version, or replace the file that is loaded");
      else if (!is_top)
        verdicts_[i] =
            superseded("superseded",
                       fmt::format("version {} of `{}` is older than {} at {}", all_[i].version, all_[i].id,
                                   all_[best].version, all_[best].path.string()),
                       fmt::format("remove {}, or the newer file to go back to this one", all_[i].path.string()));
      else if (top.size() > 1)
        verdicts_[i] = tie(i, top);
      else
        verdicts_[i] = Verdict{};
    }
  }

 private:
  // A loaded one is above all that wait; then by version.
  struct Rank {
    bool loaded;
    grammar::Version version;
    friend bool operator<(const Rank& a, const Rank& b) {
      return a.loaded != b.loaded ? b.loaded : a.version < b.version;
    }
  };
  [[nodiscard]] Rank rank(std::size_t i) const { return {all_[i].state == Contender::State::loaded, version(i)}; }
  [[nodiscard]] grammar::Version version(std::size_t i) const {
    return grammar::parse_version(all_[i].version).value_or(grammar::Version{"0", "0", "0", {}});
  }

  void drop_same_bytes() {
    std::map<std::string, std::size_t> first;
    // One that is loaded stands for its copies, wherever it is in the order.
    for (const std::size_t i : members_)
      if (all_[i].state == Contender::State::loaded) first.emplace(all_[i].sha256, i);
    std::vector<std::size_t> left;
    for (const std::size_t i : members_) {
      const std::size_t same = first.emplace(all_[i].sha256, i).first->second;
      if (same == i)
        left.push_back(i);
      else
        verdicts_[i] = superseded("duplicate_file",
                                  fmt::format("it is the same file, byte for byte, as {}", all_[same].path.string()),
                                  fmt::format("remove one of the two ({})", all_[i].path.string()));
    }
    members_ = std::move(left);
  }

  [[nodiscard]] Verdict tie(std::size_t i, const std::vector<std::size_t>& top) const {
    std::string others;
    for (const std::size_t other : top)
      if (other != i) others += (others.empty() ? "" : ", ") + all_[other].path.string();
    return rejected(
        "same_version",
        fmt::format("`{}` {} is also in {}, with other bytes; neither is loaded, since nobody can say which is meant",
                    all_[i].id, all_[i].version, others),
        "remove the one you do not want, or give the newer build a higher version");
  }

  const std::vector<Contender>& all_;
  std::vector<std::size_t> members_;
  Verdicts& verdicts_;
};

void reject_shared_prefixes(const std::vector<Contender>& all, Verdicts& verdicts) {
  std::map<std::string, std::vector<std::size_t>> owners;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool counts =
        all[i].state == Contender::State::loaded || (verdicts[i] && verdicts[i]->kind == Verdict::Kind::open);
    if (!counts) continue;
    for (const std::string& prefix : all[i].prefixes) owners[prefix].push_back(i);
  }
  for (const auto& [prefix, sharers] : owners) {
    if (sharers.size() < 2) continue;
    std::string names;
    for (const std::size_t i : sharers)
      names += fmt::format("{}`{}` ({})", names.empty() ? "" : " and ", all[i].id, all[i].path.string());
    const bool one_is_loaded = std::any_of(sharers.begin(), sharers.end(),
                                           [&](std::size_t i) { return all[i].state == Contender::State::loaded; });
    for (const std::size_t i : sharers)
      if (all[i].state == Contender::State::waiting)
        verdicts[i] = rejected("prefix_clash",
                               fmt::format("the key prefix `{}` is claimed by {}; {}", prefix, names,
                                           one_is_loaded ? "the one that is loaded keeps it" : "neither is loaded"),
                               "remove all but one of these files");
  }
}

}  // namespace

Verdicts decide(const std::vector<Contender>& contenders) {
  Verdicts verdicts(contenders.size());
  std::map<std::string, std::vector<std::size_t>> by_id;
  for (std::size_t i = 0; i < contenders.size(); ++i)
    if (contenders[i].state != Contender::State::failed) by_id[contenders[i].id].push_back(i);
  for (const auto& [id, members] : by_id) IdContest(contenders, members, verdicts).decide();
  reject_shared_prefixes(contenders, verdicts);
  return verdicts;
}

}  // namespace tento::host
