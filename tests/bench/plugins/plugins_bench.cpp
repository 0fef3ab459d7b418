// SPDX-License-Identifier: Apache-2.0
// What loading 100 plugins costs over a bare loop of read + hash + copy + dlopen of the same files, in CPU time and in
// memory. A process opens an object once, so each side of a pair runs in a child of its own and tells its figures by
// pipe.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "host/base/crypto.hpp"
#include "host/loader/image.hpp"
#include "host/loader/provider.hpp"
#include "tests/bench/harness.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int plugin_count = 100;
constexpr int pairs = 9;

// What the copies are made of: a file, and the id in it that each copy has another of, of the same length.
struct Template {
  fs::path file;
  std::string_view id;
};

// What one child measured.
struct Figures {
  double cpu_seconds = 0;
  double anonymous_kib = 0;  // more than before; pages of the file that its code touches are the page cache's
  bool ok = false;
};

double anonymous_kib() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string word; rollup >> word;)
    if (word == "Anonymous:") {
      double kib = 0;
      rollup >> kib;
      return kib;
    }
  return 0;
}

// Runs `work` in a child process and gives what it cost there.
Figures measure(const std::function<bool()>& work) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    Figures figures;
    const double before_kib = anonymous_kib();
    const double before = tento::bench::cpu_seconds(tento::bench::Cpu::process);
    figures.ok = work();
    figures.cpu_seconds = tento::bench::cpu_seconds(tento::bench::Cpu::process) - before;
    figures.anonymous_kib = anonymous_kib() - before_kib;
    const bool told = write(ends[1], &figures, sizeof figures) == sizeof figures;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  Figures figures;
  if (child < 0 || read(ends[0], &figures, sizeof figures) != sizeof figures) figures.ok = false;
  close(ends[0]);
  int status = 0;
  if (child > 0) waitpid(child, &status, 0);
  return figures;
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The template with its id replaced wherever it stands: in the note, in the tables, in the pattern.
void generate(const Template& from, const fs::path& folder) {
  const std::string original = slurp(from.file);
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms(0755));
  for (int i = 0; i < plugin_count; ++i) {
    std::string id = std::to_string(i + 1);
    id.insert(0, std::string(from.id.substr(0, from.id.size() - 3)) + std::string(3 - id.size(), '0'));
    std::string bytes = original;
    for (std::size_t at = bytes.find(from.id); at != std::string::npos; at = bytes.find(from.id, at + id.size()))
      bytes.replace(at, from.id.size(), id);
    const fs::path path = folder / (std::string("tento-") + id + ".so");
    std::ofstream(path, std::ios::binary) << bytes;
    fs::permissions(path, fs::perms(0644));
  }
}

bool load_ours(const fs::path& plugins, const fs::path& images) {
  tento::host::LoaderOptions options;
  options.folders = {plugins};
  options.images = images;
  const tento::host::LoadReport report = tento::host::load_providers(options);
  if (report.providers.size() == plugin_count) return true;
  for (const tento::host::ProviderInfo& info : report.infos)
    if (info.rejection) {
      std::fprintf(stderr, "%s: %s\n", info.path.c_str(), info.rejection->reason.c_str());
      break;
    }
  return false;
}

bool load_bare(const fs::path& plugins, const fs::path& copies, bool flat) {
  fs::create_directory(copies);
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(plugins)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const int in = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (in < 0 || fstat(in, &status) != 0) return false;
    std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
    if (read(in, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return false;
    close(in);
    fs::path copy = copies / tento::host::sha256_hex(bytes);
    if (!flat) {
      if (mkdir(copy.c_str(), 0700) != 0) return false;
      copy /= path.filename();
    }
    const int out = open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (out < 0 || write(out, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return false;
    close(out);
    void* const handle = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr || dlsym(handle, "tento_plugin") == nullptr || dlsym(handle, "tento_connector") == nullptr)
      return false;
  }
  return true;
}

// The pairs of one kind of plugin; false when a run failed.
bool compare(tento::bench::Report& report, const fs::path& root, const Template& from, const std::string& what,
             tento::bench::Bar bar) {
  generate(from, root / "plugins");
  std::vector<double> ours, bare, ratios, again, again_ratios, flat_ratios, memory;
  for (int round = 0; round <= pairs; ++round) {
    const auto fresh = [&](const char* name) {
      fs::path path = root / (name + std::to_string(round));
      fs::remove_all(path);
      return path;
    };
    const fs::path images = fresh("images");
    const fs::path copies = fresh("copies");
    const auto run_ours = [&] { return measure([&] { return load_ours(root / "plugins", images); }); };
    const auto run_bare = [&] { return measure([&] { return load_bare(root / "plugins", copies, false); }); };
    Figures a, b;
    if (round % 2 == 0) {
      a = run_ours();
      b = run_bare();
    } else {
      b = run_bare();
      a = run_ours();
    }
    const Figures restarted = run_ours();
    const fs::path flat_copies = root / ("flat" + std::to_string(round));
    const Figures flat = measure([&] { return load_bare(root / "plugins", flat_copies, true); });
    for (const fs::path& done : {images, copies, flat_copies}) fs::remove_all(done);
    if (!a.ok || !b.ok || !restarted.ok || !flat.ok) return false;
    if (round == 0) continue;  // files and libraries come into the page cache
    ours.push_back(a.cpu_seconds * 1e6 / plugin_count);
    bare.push_back(b.cpu_seconds * 1e6 / plugin_count);
    ratios.push_back(a.cpu_seconds / b.cpu_seconds);
    again.push_back(restarted.cpu_seconds * 1e6 / plugin_count);
    again_ratios.push_back(restarted.cpu_seconds / b.cpu_seconds);
    flat_ratios.push_back(a.cpu_seconds / flat.cpu_seconds);
    memory.push_back((a.anonymous_kib - b.anonymous_kib) / plugin_count);
  }
  fs::remove_all(root / "plugins");
  using tento::bench::informative;
  using tento::bench::median;
  // The ratio shown is the median of the pairs' ratios, not the ratio of the medians.
  report.value("100 plugins " + what + ", steps 1 to 8, us CPU each", median(ours), median(ours) / median(ratios), bar);
  report.value("100 plugins " + what + ", copies there already, us CPU each", median(again),
               median(again) / median(again_ratios), informative());
  report.number("100 plugins " + what + " over a loop that copies into one folder", median(flat_ratios), informative());
  report.number("memory a plugin " + what + " beyond dlopen's own, KiB", median(memory), tento::bench::at_most(64));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  tento::bench::Report report("plugins", argc, argv);
  std::string folder = (fs::temp_directory_path() / "tento-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const fs::path root = fs::canonical(folder);
  // What authors write, and the smallest that is a plugin at all: of that one the fixed cost of a file is nearly all.
  const bool ok =
      compare(report, root, {TENTO_BENCH_SDK_PLUGIN, "myprovider"}, "built with the SDK", tento::bench::at_most(1.3)) &&
      compare(report, root, {TENTO_BENCH_C_PLUGIN, "bench000"}, "of 16 KB in C", tento::bench::informative());
  std::error_code ignored;
  fs::remove_all(root, ignored);
  if (!ok) {
    std::fprintf(stderr, "bench-plugins: a run failed, so there is nothing to compare\n");
    return 1;
  }
  return report.finish();
}
