// SPDX-License-Identifier: Apache-2.0
// Log lines on standard error, as text or as JSON.
#include "host/cli/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "host/base/json.hpp"
#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/operations/wording.hpp"

namespace tento::cli {
namespace {

constexpr std::size_t longest_line = 16 * 1024;

spdlog::level::level_enum level_of(host::LogLevel level) {
  switch (level) {
    case host::LogLevel::trace:
      return spdlog::level::trace;
    case host::LogLevel::debug:
      return spdlog::level::debug;
    case host::LogLevel::info:
      return spdlog::level::info;
    case host::LogLevel::warn:
      return spdlog::level::warn;
    case host::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

host::Log make_log(const host::Config& config) {
  const auto colors = config.color ? spdlog::color_mode::automatic : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(colors);
  auto logger = std::make_shared<spdlog::logger>("tento", std::move(sink));
  logger->set_level(spdlog::level::from_str(config.log_level));
  const bool json = config.log_json;
  logger->set_pattern(
      json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","text":%v})" : "%Y-%m-%dT%H:%M:%SZ %^%l%$ %v",
      spdlog::pattern_time_type::utc);
  return [logger, json](host::LogLevel level, const std::string& text) {
    const auto l = level_of(level);
    if (!logger->should_log(l)) return;
    const auto line = host::plain(in_words_of(host::Face::command_line, text), longest_line);
    if (!json) return logger->log(l, "{}", line);
    std::string quoted;
    host::append_json_string(quoted, line);
    logger->log(l, "{}", quoted);
  };
}

}  // namespace tento::cli
