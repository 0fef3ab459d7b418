// SPDX-License-Identifier: Apache-2.0
// Reads what git reads as mailmaps, in git's order: later lines win.
#include "gitlog/mailmap.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "access.hpp"
#include "gitlog/text.hpp"
#include "handles.hpp"

namespace gitlog {
namespace {

// The largest known ones have some ten thousand lines.
constexpr std::size_t most_bytes = std::size_t{16} << 20U;

std::optional<std::string> setting(git_config* config, const char* name,
                                   int (*get)(git_buf*, const git_config*, const char*)) {
  git_buf value = GIT_BUF_INIT;
  std::optional<std::string> text;
  if (get(&value, config, name) == 0) text = std::string(value.ptr, value.size);
  git_buf_dispose(&value);
  return text;
}

// The content of `HEAD:.mailmap` and the like; what is not there is empty, as for git.
std::string blob_at(git_repository* repository, const std::string& spec) {
  git_object* object = nullptr;
  if (git_revparse_single(&object, repository, spec.c_str()) < 0) return {};
  const std::unique_ptr<git_object, Freed<git_object_free>> owner(object);
  if (git_object_type(object) != GIT_OBJECT_BLOB) return {};
  const auto* blob = reinterpret_cast<const git_blob*>(object);  // what the type says it is
  const auto size = static_cast<std::size_t>(git_blob_rawsize(blob));
  return size > most_bytes ? std::string() : std::string(static_cast<const char*>(git_blob_rawcontent(blob)), size);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string_view trimmed_name(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\v\f");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\v\f") - first + 1);
}

struct Named {
  std::string_view name;
  std::string_view email;
};

// Takes `Name <address>` off the front.
std::optional<Named> take_named(std::string_view& line) {
  const auto open = line.find('<');
  const auto close = open == std::string_view::npos ? open : line.find('>', open);
  if (close == std::string_view::npos) return std::nullopt;
  const Named named{trimmed_name(line.substr(0, open)), line.substr(open + 1, close - open - 1)};
  line.remove_prefix(close + 1);
  return named;
}

std::optional<std::string> given(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return replace_invalid(text);
}

}  // namespace

// `Proper Name <proper@address> Name In Commits <address@in.commits>`, of which only one address must be there.
void Mailmap::add_line(std::string_view line) {
  if (line.starts_with('#')) return;
  const auto first = take_named(line);
  if (!first || first->email.empty()) return;
  const auto second = take_named(line);
  Address& address = addresses_[lower(second ? second->email : first->email)];
  Proper& proper = second && !second->name.empty() ? address.named[lower(second->name)] : address.proper;
  if (auto name = given(first->name)) proper.name = std::move(name);
  if (second) proper.email = given(first->email);
}

Result<Mailmap> Mailmap::of(const Repository& repository) {
  git_config* snapshot = nullptr;
  if (git_repository_config_snapshot(&snapshot, repository.raw()) < 0) {
    return fail(Cause::io,
                "The configuration of " + in_quotes(repository.path()) + " cannot be read: " + last_message() + ".");
  }
  const ConfigHandle config(snapshot);
  std::string text;
  const auto add_file = [&](const std::filesystem::path& path) -> Result<void> {
    auto content = read_file(path, most_bytes);
    if (!content) return fail(std::move(content).error());
    if (*content) text += **content + "\n";
    return {};
  };
  const char* tree = git_repository_workdir(repository.raw());
  if (tree != nullptr) {
    if (auto added = add_file(std::filesystem::path(tree) / ".mailmap"); !added) return fail(std::move(added).error());
  }
  const auto blob = setting(config.get(), "mailmap.blob", git_config_get_string_buf);
  if (blob || tree == nullptr) text += blob_at(repository.raw(), blob.value_or("HEAD:.mailmap")) + "\n";
  if (const auto file = setting(config.get(), "mailmap.file", git_config_get_path); file && !file->empty()) {
    if (auto added = add_file(*file); !added) return fail(std::move(added).error());
  }
  Mailmap people;
  if (text.find('<') == std::string::npos) return people;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find('\n');
    people.add_line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  git_oid digest;
  git_odb_hash(&digest, text.data(), text.size(), GIT_OBJECT_BLOB);
  people.fingerprint_ = named(digest).hex();
  return people;
}

void Mailmap::apply(std::string& name, std::string& email) const {
  if (addresses_.empty()) return;
  const auto found = addresses_.find(lower(email));
  if (found == addresses_.end()) return;
  const auto by_name = found->second.named.find(lower(name));
  const Proper& proper = by_name != found->second.named.end() ? by_name->second : found->second.proper;
  if (proper.email) email = *proper.email;
  if (proper.name) name = *proper.name;
}

}  // namespace gitlog
