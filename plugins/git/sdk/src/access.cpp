// SPDX-License-Identifier: Apache-2.0
// Looking at files by the system's own answers.
#include "access.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "gitlog/text.hpp"
#include "handles.hpp"

namespace gitlog {
namespace {

namespace fs = std::filesystem;

Error system_error_at(const fs::path& path, int error) {
  const std::string name = in_quotes(path.string());
  if (error == EACCES || error == EPERM) {
    return {Cause::permission, "This user may not read " + name + ".",
            "Give the user that runs this program read access to the repository and to the folders above it."};
  }
  return {Cause::io, name + " cannot be read: " + std::generic_category().message(error) + ".",
          "Check the disk or the mount that it is on."};
}

bool not_there(int error) {
  return error == ENOENT || error == ENOTDIR;
}

bool is_reference(std::string_view content) {
  if (content.starts_with("ref:")) return true;
  return content.size() >= 40 && ObjectId::parse(content.substr(0, 40)).has_value();
}

// What of the object store may not be read, or is not there although the store says that it borrows from it.
std::optional<Error> trouble_in(const fs::path& objects, const ObjectId& id, int depth) {
  const std::string hex = id.hex();
  const fs::path fan = objects / hex.substr(0, 2);
  for (const fs::path& path : {objects, fan, fan / hex.substr(2), objects / "pack", objects / "info" / "alternates"}) {
    if (const auto there = readable(path); !there) return there.error();
  }
  std::error_code error;
  for (fs::directory_iterator at(objects / "pack", error), end; !error && at != end; at.increment(error)) {
    if (const auto there = readable(at->path()); !there) return there.error();
  }
  const auto alternates = read_file(objects / "info" / "alternates", std::size_t{1} << 20U);
  if (!alternates) return alternates.error();
  std::string_view lines = *alternates ? std::string_view(**alternates) : std::string_view();
  while (!lines.empty() && depth < 5) {
    const auto end = lines.find('\n');
    const fs::path line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.empty() || line.string()[0] == '#') continue;
    const fs::path other = line.is_absolute() ? line : objects / line;
    const auto there = readable(other);
    if (!there) return there.error();
    if (!*there) {
      return Error{
          Cause::missing_object,
          "It borrows objects from " + in_quotes(other.string()) + " (objects/info/alternates), which is not there.",
          "Bring that folder back, or clone the repository anew without --shared and --reference."};
    }
    if (auto trouble = trouble_in(other, id, depth + 1)) return trouble;
  }
  return std::nullopt;
}

}  // namespace

std::string in_quotes(const std::string& path) {
  return "'" + replace_invalid(path) + "'";
}

Result<bool> readable(const fs::path& path) {
  // By the effective user, as reading does; plain access(2) asks for the real one.
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) {
    if (not_there(errno)) return false;
    return fail(system_error_at(path, errno));
  }
  std::error_code error;
  if (fs::is_directory(path, error) && ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
    return fail(system_error_at(path, errno));
  }
  return true;
}

Result<std::optional<std::string>> read_file(const fs::path& path, std::size_t most_bytes) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (not_there(errno)) return std::nullopt;
    return fail(system_error_at(path, errno));
  }
  std::string content;
  std::array<char, 16384> chunk{};
  int failed = 0;
  while (content.size() < most_bytes) {
    const ssize_t got = ::read(descriptor, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failed = errno;
    if (got <= 0) break;
    content.append(chunk.data(), static_cast<std::size_t>(got));
  }
  ::close(descriptor);
  if (failed == EISDIR) return std::nullopt;
  if (failed != 0) return fail(system_error_at(path, failed));
  if (content.size() > most_bytes) content.resize(most_bytes);
  return content;
}

Result<void> check_references(const fs::path& common) {
  if (const auto there = readable(common / "refs"); !there) return fail(there.error());
  std::error_code error;
  fs::recursive_directory_iterator at(common / "refs", error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const fs::path path = at->path();
    // git looks at no file whose name is not one of a reference (.DS_Store, x.lock), and so do we not.
    const std::string name = path.lexically_relative(common).string();
    int valid = 0;
    if (std::error_code ignored;
        !at->is_directory(ignored) && (git_reference_name_is_valid(&valid, name.c_str()) < 0 || valid == 0)) {
      continue;
    }
    // A reference may go while we look: what is not there any more is no trouble.
    if (const auto there = readable(path); !there) return fail(there.error());
    if (std::error_code ignored; !at->is_regular_file(ignored)) continue;
    const auto content = read_file(path, 4096);
    if (!content) return fail(content.error());
    if (*content && !is_reference(**content)) {
      return fail(Cause::bad_reference,
                  "The reference in " + in_quotes(path.string()) + " is damaged: it names nothing.",
                  "Run git fsck there, and set or delete the reference: git update-ref");
    }
  }
  if (error && !not_there(error.value())) return fail(system_error_at(common / "refs", error.value()));
  return {};
}

Error object_error(int code, const char* what, const ObjectId& id, const Repository& repository) {
  const std::string said = last_message();
  const std::string subject = "The " + std::string(what) + " " + id.hex();
  const std::string where = in_quotes(repository.path());
  if (auto trouble = trouble_in(fs::path(git_repository_commondir(repository.raw())) / "objects", id, 0)) {
    trouble->message = subject + " of " + where + " cannot be read. " + trouble->message;
    return std::move(*trouble);
  }
  if (code == GIT_ENOTFOUND) {
    return {Cause::missing_object, subject + " is missing in " + where + ".",
            repository.partial()
                ? "The clone is partial, and this object cannot be done without: run git fetch --refetch."
                : "The repository is damaged: run git fsck."};
  }
  return {Cause::missing_object, subject + " in " + where + " cannot be read: " + said + ".",
          "The repository is damaged: run git fsck."};
}

}  // namespace gitlog
