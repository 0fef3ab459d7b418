// SPDX-License-Identifier: Apache-2.0
// What every bench stands on: interleaved pairs of ours and a bare baseline, CPU time, medians, one table, one JSON.
//
// Absolute figures move up to threefold between minutes on shared machines, so a bar is always a ratio of two things
// that ran turn by turn in one process. A bench program is a list of `report.pair(...)` and `report.value(...)` calls:
//
//   int main(int argc, char** argv) {
//     tento::bench::Report report("match", argc, argv);
//     report.pair("match 1000 patterns, ns", 1e9, tento::bench::at_most(3.0), [&] { ...; return ops; },
//                 [&] { ...; return ops; });
//     return report.finish();
//   }
//
// Both functions return how many operations they did; what is compared is CPU time per operation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace tento::bench {

/// Keeps the compiler from dropping a computation whose value nobody uses.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

/// Whose CPU time counts: the calling thread's, or the whole process's where the work hands over to other threads.
enum class Cpu { thread, process };

/// CPU seconds spent so far.
inline double cpu_seconds(Cpu which) {
  timespec t{};
  clock_gettime(which == Cpu::thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Most memory this process ever had resident, in KiB. It never falls: measure the small case first.
inline long peak_rss_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// The middle of some numbers (the mean of the two middle ones when they are even in number).
inline double median(std::vector<double> numbers) {
  if (numbers.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(numbers.begin(), numbers.end());
  const std::size_t half = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

/// Slope of log(y) over log(x) by least squares: the growth exponent of a cost.
inline double growth_exponent(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0;
  const double n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += std::log(x[i]) / n;
    mean_y += std::log(y[i]) / n;
  }
  double over = 0, under = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    over += (std::log(x[i]) - mean_x) * (std::log(y[i]) - mean_y);
    under += (std::log(x[i]) - mean_x) * (std::log(x[i]) - mean_x);
  }
  return over / under;
}

/// What a ratio must keep to.
struct Bar {
  enum class Kind { none, at_most, at_least } kind = Kind::none;
  double limit = 0;

  bool holds(double ratio) const {
    if (kind == Kind::none) return true;
    return kind == Kind::at_most ? ratio <= limit : ratio >= limit;  // false for NaN, as it should be
  }
};
/// The ratio may not pass `limit`.
constexpr Bar at_most(double limit) {
  return {Bar::Kind::at_most, limit};
}
/// The ratio may not fall below `limit`.
constexpr Bar at_least(double limit) {
  return {Bar::Kind::at_least, limit};
}
/// Printed only.
constexpr Bar informative() {
  return {};
}

/// One line of the table.
struct Line {
  std::string name;
  double ours = 0;
  double baseline = 0;
  double ratio = 0;
  Bar bar;
};

/// How pairs are measured.
struct PairOptions {
  Cpu cpu = Cpu::thread;
  int pairs = 9;       ///< at least 7
  bool speed = false;  ///< show and compare operations per second (a bar `at_least`), not cost per operation
  std::function<double(Cpu)> seconds = cpu_seconds;  ///< the clock, another one only in tests
};

/// Collects lines, prints them, and writes them as JSON where `--json FILE` asks for it.
class Report {
 public:
  using Work = std::function<std::uint64_t()>;

  Report(std::string_view program, int argc, char** argv) : program_(program) {
    for (int i = 1; i < argc; ++i) {
      if (std::string_view(argv[i]) == "--json" && i + 1 < argc) {
        json_path_ = argv[++i];
      } else {
        std::fprintf(stderr, "bench-%s: unknown argument %s; it takes --json FILE\n", program_.c_str(), argv[i]);
        std::exit(2);
      }
    }
  }

  /// Runs ours and the baseline in turns (A B, B A, A B ...) and compares them. `scale` turns seconds into the unit
  /// that `name` says (1e9 for ns). When the bar does not hold, the pairs are measured once more and all of them count.
  Line pair(std::string name, double scale, Bar bar, const Work& ours, const Work& baseline, PairOptions options = {}) {
    std::vector<double> our_costs, base_costs, ratios;
    cost(options, ours);  // once unmeasured: caches, lazy allocation, page faults
    cost(options, baseline);
    const int pairs = std::max(options.pairs, 7);
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < pairs; ++i) {
        double a = 0, b = 0;
        if (i % 2 == 0) {
          a = cost(options, ours);
          b = cost(options, baseline);
        } else {
          b = cost(options, baseline);
          a = cost(options, ours);
        }
        our_costs.push_back(options.speed ? 1 / a : a * scale);
        base_costs.push_back(options.speed ? 1 / b : b * scale);
        ratios.push_back(options.speed ? b / a : a / b);
      }
      if (bar.holds(median(ratios))) break;
    }
    return add({std::move(name), median(our_costs), median(base_costs), median(ratios), bar});
  }

  /// Adds two numbers that were measured elsewhere; the ratio is ours over baseline.
  Line value(std::string name, double ours, double baseline, Bar bar) {
    return add({std::move(name), ours, baseline, ours / baseline, bar});
  }

  /// Adds a number that is held against its bar as it is (an exponent, a count); the baseline is 1.
  Line number(std::string name, double ours, Bar bar) { return add({std::move(name), ours, 1, ours, bar}); }

  /// Prints the table, writes the JSON, and answers the exit code: 0 = every bar holds.
  int finish() const {
    bool all = true;
    for (const Line& line : lines_) all = all && line.bar.holds(line.ratio);
    if (json_path_ && !write_json(*json_path_)) {
      std::fprintf(stderr, "bench-%s: cannot write %s\n", program_.c_str(), json_path_->c_str());
      return 1;
    }
    return all ? 0 : 1;
  }

 private:
  static double cost(const PairOptions& options, const Work& work) {
    const double before = options.seconds(options.cpu);
    const std::uint64_t operations = work();
    const double spent = options.seconds(options.cpu) - before;
    return operations == 0 ? std::numeric_limits<double>::quiet_NaN() : spent / static_cast<double>(operations);
  }

  Line add(Line line) {
    if (lines_.empty())
      std::printf("%-58s %12s %12s %8s %9s  %s\n", "name", "ours", "baseline", "ratio", "bar", "holds");
    const char* sign = line.bar.kind == Bar::Kind::at_least ? ">=" : "<=";
    char bar[32] = "-";
    if (line.bar.kind != Bar::Kind::none) std::snprintf(bar, sizeof bar, "%s %.3g", sign, line.bar.limit);
    std::printf("%-58s %12.6g %12.6g %8.3f %9s  %s\n", line.name.c_str(), line.ours, line.baseline, line.ratio, bar,
                line.bar.kind == Bar::Kind::none ? "-" : (line.bar.holds(line.ratio) ? "yes" : "NO"));
    std::fflush(stdout);
    lines_.push_back(line);
    return line;
  }

  static std::string json_number(double number) {
    if (!std::isfinite(number)) return "null";
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", number);
    return text;
  }

  // Names are written in this project's sources; quotes, backslashes and controls are replaced rather than escaped.
  static std::string json_text(std::string text) {
    for (char& c : text) {
      if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '\'';
    }
    return '"' + text + '"';
  }

  bool write_json(const std::string& path) const {
    std::string out = "[\n";
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const Line& line = lines_[i];
      out += "  {\"name\": " + json_text(line.name) + ", \"ours\": " + json_number(line.ours) +
             ", \"baseline\": " + json_number(line.baseline) + ", \"ratio\": " + json_number(line.ratio) +
             ", \"bar\": " + (line.bar.kind == Bar::Kind::none ? "null" : json_number(line.bar.limit)) +
             ", \"holds\": " + (line.bar.holds(line.ratio) ? "true" : "false") + "}";
      out += i + 1 < lines_.size() ? ",\n" : "\n";
    }
    out += "]\n";
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr) return false;
    const bool written = std::fwrite(out.data(), 1, out.size(), file) == out.size();
    return (std::fclose(file) == 0) && written;
  }

  std::string program_;
  std::optional<std::string> json_path_;
  std::vector<Line> lines_;
};

}  // namespace tento::bench
