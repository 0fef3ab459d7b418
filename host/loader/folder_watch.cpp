// SPDX-License-Identifier: Apache-2.0
// One thread that sleeps until the kernel tells of a change, or until it is time to look.
#include "host/loader/folder_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "host/base/error.hpp"
#include "host/loader/file_handle.hpp"
#include "host/loader/settling.hpp"

namespace tento::host {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr std::uint32_t folder_events = IN_CREATE | IN_OPEN | IN_MODIFY | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE |
                                        IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF |
                                        IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;
// Of a folder above one that is not there, or that holds the link to one.
constexpr std::uint32_t above_events =
    IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;

bool may_be_provider(const fs::path& name) {
  return name.extension() == ".so" && !name.native().starts_with('.');
}

std::optional<FileEvent> event_of(std::uint32_t mask) {
  if ((mask & (IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB)) != 0) return FileEvent::changed;
  if ((mask & IN_CLOSE_WRITE) != 0) return FileEvent::closed_written;
  if ((mask & IN_MODIFY) != 0) return FileEvent::written;
  if ((mask & IN_CREATE) != 0) return FileEvent::created;
  if ((mask & IN_OPEN) != 0) return FileEvent::opened;
  if ((mask & IN_CLOSE_NOWRITE) != 0) return FileEvent::closed_unwritten;
  return std::nullopt;
}

bool changed_since(const fs::path& path, std::int64_t unix_us) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return false;
  constexpr std::int64_t clock_tick_us = 20'000;  // what a file system takes for the same moment
  const std::int64_t at_us = status.st_ctim.tv_sec * std::int64_t{1'000'000} + status.st_ctim.tv_nsec / 1000;
  return at_us + clock_tick_us >= unix_us;
}

}  // namespace

class FolderWatch::Impl {
 public:
  explicit Impl(FolderWatchOptions options)
      : options_(std::move(options)),
        events_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
        end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    static_cast<void>(::write(end_.get(), &one, sizeof one) < 0);
    thread_.join();
  }

  Result<void> start() {
    if (!events_ || !end_)
      return fail(ErrorCode::io, ErrorClass::config,
                  "no folder can be watched: " + std::generic_category().message(errno));
    arm();
    if (anything_since(options_.since_unix_us)) settling_.on_all(SteadyClock::now());
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& e) {
      return fail(ErrorCode::io, ErrorClass::config, std::string("no thread can be started: ") + e.what());
    }
    return {};
  }

 private:
  struct Watched {
    fs::path folder;
    bool is_plugin_folder = false;
    std::set<std::string> awaited;  // names in it that lead to a plugin folder
  };

  // Watches each folder, or the nearest one above that is there. Gives whether one is watched that was not.
  bool arm() {
    bool news = false;
    for (const auto& named : options_.folders) {
      std::error_code error;
      const fs::path folder = fs::canonical(named, error);
      if (!error) news = watch(folder, folder_events, {}) || news;
      fs::path below = fs::absolute(named, error);
      if (fs::is_directory(below, error) && !fs::is_symlink(below, error)) continue;
      // A link stands for another folder tomorrow; a folder that is not there is made, as are those above it.
      while (below.has_relative_path()) {
        const fs::path name = below.filename();
        below = below.parent_path();
        if (!fs::is_directory(below, error)) continue;
        watch(below, above_events, name.string());
        break;
      }
    }
    return news;
  }

  bool watch(const fs::path& folder, std::uint32_t mask, const std::string& awaited) {
    const int id = ::inotify_add_watch(events_.get(), folder.c_str(), mask);
    if (id < 0) {
      if (errno != ENOENT && errno != ENOTDIR && complained_.insert(folder).second && options_.log)
        options_.log(LogLevel::warn, "changes in " + folder.string() +
                                         " are not noticed: " + std::generic_category().message(errno) +
                                         ". What to do: reload the providers by hand after a change");
      return false;
    }
    Watched& watched = watched_[id];
    const bool is_new = awaited.empty() && (!watched.is_plugin_folder || watched.folder != folder);
    watched.folder = folder;
    if (awaited.empty())
      watched.is_plugin_folder = true;
    else
      watched.awaited.insert(awaited);
    return is_new;
  }

  [[nodiscard]] bool anything_since(std::int64_t unix_us) const {
    for (const auto& [id, watched] : watched_) {
      if (!watched.is_plugin_folder) continue;
      if (changed_since(watched.folder, unix_us)) return true;
      std::error_code error;
      for (fs::directory_iterator at(watched.folder, error), end; !error && at != end; at.increment(error))
        if (may_be_provider(at->path().filename()) && changed_since(at->path(), unix_us)) return true;
    }
    return false;
  }

  void run() {
    for (;;) {
      const auto due = settling_.due();
      const auto now = SteadyClock::now();
      if (due && *due <= now) {
        const auto unsettled = settling_.look(now);
        try {
          options_.look(unsettled);
        } catch (const std::exception& e) {
          if (options_.log) options_.log(LogLevel::error, std::string("the plugin folders were not read: ") + e.what());
        }
        if (ends(0)) return;
        read_events();
        continue;
      }
      int timeout_ms = -1;
      if (due) timeout_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*due - now).count());
      if (ends(timeout_ms)) return;
      read_events();
    }
  }

  // Waits for an event; true = it is over.
  bool ends(int timeout_ms) {
    std::array<pollfd, 2> both{pollfd{end_.get(), POLLIN, 0}, pollfd{events_.get(), POLLIN, 0}};
    static_cast<void>(::poll(both.data(), both.size(), timeout_ms));
    return both[0].revents != 0;
  }

  void read_events() {
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    bool moved = false;
    for (;;) {
      const auto size = ::read(events_.get(), buffer.data(), buffer.size());
      if (size <= 0) break;
      for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const char* const name = buffer.data() + at + sizeof event;
        moved = take(event, event.len == 0 ? std::string() : std::string(name)) || moved;
        at += sizeof event + event.len;
      }
    }
    if (moved && arm()) settling_.on_all(SteadyClock::now());
  }

  // True where folders have to be found anew.
  bool take(const inotify_event& event, const std::string& name) {
    const auto now = SteadyClock::now();
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      settling_.on_all(now);
      return true;
    }
    const auto found = watched_.find(event.wd);
    if (found == watched_.end()) return false;
    const Watched& watched = found->second;
    const bool away = (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
    if (away || name.empty()) {
      // That somebody lists the folder, this host among them, changes nothing.
      if (watched.is_plugin_folder && (away || (event.mask & IN_ATTRIB) != 0)) settling_.on_all(now);
      if (away && (event.mask & IN_IGNORED) == 0) static_cast<void>(::inotify_rm_watch(events_.get(), event.wd));
      if (away) watched_.erase(found);
      return away;
    }
    if (watched.is_plugin_folder && may_be_provider(name))
      if (const auto what = event_of(event.mask)) settling_.on(watched.folder / name, *what, now);
    const bool leads_to_folder =
        watched.awaited.contains(name) && (event.mask & (IN_CREATE | IN_MOVED_TO | IN_DELETE)) != 0;
    // A link that leads to another folder now leaves what was watched behind.
    if (leads_to_folder) settling_.on_all(now);
    return leads_to_folder;
  }

  const FolderWatchOptions options_;
  const FileHandle events_;
  const FileHandle end_;
  // ---- of the thread, once there is one
  std::map<int, Watched> watched_;
  std::set<fs::path> complained_;
  Settling settling_;
  std::thread thread_;
};

FolderWatch::FolderWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FolderWatch::~FolderWatch() = default;

Result<std::unique_ptr<FolderWatch>> FolderWatch::start(FolderWatchOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TENTO_TRY(impl->start());
  return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(impl)));
}

}  // namespace tento::host
