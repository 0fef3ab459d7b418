// SPDX-License-Identifier: Apache-2.0
// Reads /proc/self and the limits.
#include "host/metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace tento::host {
namespace {

// Field `number` of /proc/self/stat as proc(5) counts them; the second is a name in brackets that may hold anything.
std::optional<double> stat_field(const std::string& line, int number) {
  const auto bracket = line.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(bracket + 1));
  std::string word;
  for (int at = 3; rest >> word; ++at)
    if (at == number) return std::stod(word);
  return std::nullopt;
}

std::optional<double> boot_time() {
  std::ifstream in("/proc/stat");
  std::string word;
  double seconds = 0;
  while (in >> word)
    if (word == "btime" && in >> seconds) return seconds;
  return std::nullopt;
}

class Families {
 public:
  void add(const char* name, const char* help, prometheus::MetricType type, std::optional<double> value) {
    if (!value) return;
    prometheus::ClientMetric metric;
    metric.gauge.value = metric.counter.value = *value;
    prometheus::MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    family.metric.push_back(std::move(metric));
    all_.push_back(std::move(family));
  }
  [[nodiscard]] std::vector<prometheus::MetricFamily> take() && { return std::move(all_); }

 private:
  std::vector<prometheus::MetricFamily> all_;
};

}  // namespace

std::vector<prometheus::MetricFamily> process_families() {
  using prometheus::MetricType;
  std::string line;
  std::getline(std::ifstream("/proc/self/stat"), line);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto field = [&](int number, double factor) -> std::optional<double> {
    const auto value = stat_field(line, number);
    return value ? std::optional(*value * factor) : std::nullopt;
  };
  const auto sum = [](std::optional<double> a, std::optional<double> b) {
    return a && b ? std::optional(*a + *b) : std::nullopt;
  };
  Families out;
  out.add("process_cpu_seconds_total", "CPU time spent, user and system", MetricType::Counter,
          sum(field(14, 1 / ticks), field(15, 1 / ticks)));
  out.add("process_start_time_seconds", "when the process began, in seconds since 1970", MetricType::Gauge,
          sum(field(22, 1 / ticks), boot_time()));
  out.add("process_virtual_memory_bytes", "size of the address space", MetricType::Gauge, field(23, 1));
  out.add("process_resident_memory_bytes", "memory that is in use", MetricType::Gauge,
          field(24, static_cast<double>(::sysconf(_SC_PAGESIZE))));
  std::error_code ec;
  double open = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", ec), end; !ec && it != end; it.increment(ec)) ++open;
  // The one that looks is no one's.
  out.add("process_open_fds", "open file descriptors", MetricType::Gauge, ec ? std::nullopt : std::optional(open - 1));
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.add("process_max_fds", "how many file descriptors may be open", MetricType::Gauge,
            static_cast<double>(limit.rlim_cur));
  return std::move(out).take();
}

}  // namespace tento::host
