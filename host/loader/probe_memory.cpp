// SPDX-License-Identifier: Apache-2.0
// A small file of lines: what it is, the host, the libraries, then the verdict.
#include "host/loader/probe_memory.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <vector>

#include "host/base/crypto.hpp"
#include "host/base/version.hpp"
#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

constexpr const char* memory_name = "probed";
constexpr std::size_t longest_memory = 16384;

// The first lines: who probed, and with what.
std::string circumstances(const Inspected& inspected) {
  std::string libraries;
  for (const LibraryFile& one : inspected.libraries)
    libraries += fmt::format("{} {} {} {} {}\n", one.path.string(), one.device, one.inode, one.size, one.modified_ns);
  return fmt::format("tento-probe 1\n{}\n{}\n", host_version(), sha256_hex(libraries));
}

std::optional<std::string> read_memory(const Image& image) {
  const FileHandle file(openat(image.lease->get(), memory_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid())
    return std::nullopt;
  std::array<char, longest_memory> bytes;
  const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
  if (size <= 0) return std::nullopt;
  return std::string(bytes.data(), static_cast<std::size_t>(size));
}

}  // namespace

std::optional<Accepted<void>> remembered_probe(const Image& image, const Inspected& inspected) {
  if (!image.lease) return std::nullopt;
  const auto text = read_memory(image);
  const std::string head = circumstances(inspected);
  if (!text || !text->starts_with(head)) return std::nullopt;
  std::istringstream lines(text->substr(head.size()));
  Rejection why;
  std::string verdict, end;
  std::getline(lines, verdict);
  if (verdict == "good") return Accepted<void>{};
  if (verdict != "bad" || !std::getline(lines, why.code) || !std::getline(lines, why.reason) ||
      !std::getline(lines, why.remedy) || why.code.empty())
    return std::nullopt;
  why.reason += " (remembered: it is not tried again)";
  why.remedy +=
      fmt::format("; to have this one tried again, remove {}", (image.path.parent_path() / memory_name).string());
  return tl::unexpected(std::move(why));
}

void remember_probe(const Image& image, const Inspected& inspected, const Accepted<void>& verdict) {
  if (!image.lease) return;
  std::string text = circumstances(inspected) + (verdict ? "good\n" : "bad\n");
  if (!verdict)
    for (const std::string* const line : {&verdict.error().code, &verdict.error().reason, &verdict.error().remedy})
      text += grammar::printable(*line, longest_memory / 4) + "\n";
  // Beside its place first, so that nobody reads half of it.
  const std::string temporary = fmt::format(".{}.{}.tmp", memory_name, getpid());
  const int folder = image.lease->get();
  {
    const FileHandle file(
        openat(folder, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      if (file) unlinkat(folder, temporary.c_str(), 0);
      return;
    }
  }
  if (renameat(folder, temporary.c_str(), folder, memory_name) != 0) unlinkat(folder, temporary.c_str(), 0);
}

}  // namespace tento::host
