// SPDX-License-Identifier: Apache-2.0
// The tento program: a face of the table of operations.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <istream>

#include "host/app/parts_on_demand.hpp"
#include "host/base/error_registry.hpp"
#include "host/cli/command_line.hpp"
#include "host/cli/exit.hpp"
#include "host/cli/last_words.hpp"
#include "host/cli/log.hpp"
#include "host/cli/loopback.hpp"
#include "host/cli/private_memory.hpp"
#include "host/cli/progress_line.hpp"
#include "host/cli/remote.hpp"
#include "host/cli/render.hpp"
#include "host/cli/serve.hpp"
#include "host/cli/signals.hpp"
#include "host/operations/perform.hpp"
#include "host/operations/rows.hpp"
#include "host/operations/wording.hpp"

namespace tento::cli {
namespace {

constexpr std::int64_t drain_ms = 3000;
constexpr std::size_t largest_body = 16 * 1024 * 1024;
constexpr std::size_t largest_secret = 64 * 1024;

std::size_t terminal_width(int descriptor) {
  if (::isatty(descriptor) == 0) return 0;
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// Where answers go: standard output as it was given. What providers and libraries print goes to standard error from now
// on, since a line of theirs in the middle would make an answer something else.
int answers_descriptor() {
  const int answers = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (answers < 0) return STDOUT_FILENO;
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return STDOUT_FILENO;
  return answers;
}

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> read_all(std::istream& in, std::size_t most, const std::string& what) {
  std::string text;
  char buffer[16384];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > most)
      return fail(host::usage_error(what + " is larger than " + std::to_string(most >> 10) + " KiB", "send less"));
  }
  return text;
}

Result<std::string> read_stdin(std::size_t most, const std::string& what) {
  if (::isatty(STDIN_FILENO) != 0)
    return fail(host::usage_error(what + " is read from standard input, which is a terminal", "pipe it in"));
  std::string text;
  char buffer[16384];
  for (;;) {
    const auto n = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (n == 0) return text;
    if (n < 0) return fail(ErrorCode::io, ErrorClass::config, what + " cannot be read from standard input");
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > most)
      return fail(host::usage_error(what + " is larger than " + std::to_string(most >> 10) + " KiB", "send less"));
  }
}

// A secret without the newline that `echo` leaves.
Result<std::string> read_secret() {
  TENTO_TRY_ASSIGN(auto secret, read_stdin(largest_secret, "the secret"));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  return secret;
}

// Replaces the file names of input params by what the files hold, and reads secrets.
Result<void> read_inputs(const host::Operation& operation, host::RawArgs& args) {
  for (const auto& param : operation.params) {
    if (param.type == host::ParamType::secret) {
      if (const auto it = args.find(param.name); it != args.end()) {
        TENTO_TRY_ASSIGN(auto secret, read_secret());
        it->second = {std::move(secret)};
      }
      continue;
    }
    if (param.type != host::ParamType::input) continue;
    auto& values = args[std::string(param.name)];
    if (values.empty() || values.front() == "-") {
      TENTO_TRY_ASSIGN(auto text, read_stdin(largest_body, "the " + std::string(param.name)));
      values = {std::move(text)};
      continue;
    }
    std::ifstream in(values.front(), std::ios::binary);
    if (!in)
      return fail(host::usage_error("--" + option_name(param) + ": " + values.front() + " cannot be read",
                                    "name a file that this user may read, or - for standard input"));
    TENTO_TRY_ASSIGN(auto text, read_all(in, largest_body, values.front()));
    values = {std::move(text)};
  }
  return {};
}

class Program {
 public:
  Program(Signals& signals, PrivateMemory& memory)
      : signals_(signals), memory_(memory), answers_(answers_descriptor()), out_(answers_), err_(STDERR_FILENO) {}

  int run(int argc, char** argv) {
    auto invocation = parse_command_line(argc, argv);
    if (!invocation) return say(invocation.error(), "");
    if (invocation->print) return print(*invocation->print);
    if (invocation->completion) return print(bash_completion());
    operation_ = invocation->operation;
    const std::string name = invocation->serve ? "serve" : invocation->operation->name();

    auto& globals = invocation->globals;
    std::string format = "table";
    if (const auto it = globals.find("output"); it != globals.end()) format = it->second.back();
    const auto parsed = parse_format(format);
    if (!parsed)
      return say(host::usage_error("--output: \"" + format + "\" is not one of table, json, jsonl, csv, ics",
                                   "use one of them"),
                 "");
    render_.format = *parsed;
    render_.all = invocation->all;
    render_.csv_safe = invocation->csv_safe;
    json_errors_ = *parsed == Format::json || *parsed == Format::jsonl;

    host::ConfigInputs inputs;
    inputs.flags = globals;
    inputs.flags.erase("output");
    inputs.environment = environment;
    std::error_code ec;
    inputs.executable = std::filesystem::read_symlink("/proc/self/exe", ec);
    auto config = host::load_config(inputs);
    if (!config) return say(config.error(), name);
    open_to_debuggers(host::debugged_provider(*config));

    if (invocation->serve) return serve_until_ended(std::move(*config), inputs);
    render_.width = terminal_width(answers_);
    render_.color = config->color && render_.width > 0;
    auto log = make_log(*config);
    const auto& operation = *invocation->operation;
    // Beside a running host a command is carried out by it; what this program is made of, it says itself.
    const bool by_itself = operation.http.path.empty() || (operation.noun.empty() && operation.verb == "version");
    if (auto remote = by_itself ? std::nullopt : Remote::connect(config->data_dir)) {
      const int code = perform_remotely(*remote, operation, invocation->args, config->owner);
      out_.flush();
      err_.flush();
      ::_exit(code);
    }
    host::PartsOnDemand parts({.config = std::move(*config), .log = std::move(log), .alone = true});
    const int code = perform(parts, operation, invocation->args);
    out_.flush();
    // What is stuck may still use anything: the process ends without running destructors either way.
    parts.shutdown(drain_ms);
    err_.flush();
    ::_exit(code);
  }

 private:
  // Said at each start: it is forgotten easily, and what it allows is no small thing.
  void open_to_debuggers(const std::string& provider) {
    if (provider.empty()) return memory_.keep();
    memory_.open();
    err_.write("tento: debug.provider is " + provider +
               ": its calls have no deadline, and this process can be attached to and dump its memory, in which there "
               "are secrets. Unset it (TENTO_DEBUG_PROVIDER, --debug-provider) for anything but debugging\n");
    err_.flush();
  }

  int perform(host::PartsOnDemand& parts, const host::Operation& operation, host::RawArgs& raw) {
    const auto name = operation.name();
    if (auto read = read_inputs(operation, raw); !read) return say(read.error(), name);
    const auto args = host::parse_args(operation, raw);
    if (!args) return say(args.error(), name);
    host::Caller caller = this_caller();

    ProgressLine progress(terminal_width(STDERR_FILENO));
    caller.progress = [&](const host::Progress& p) { progress(p); };
    caller.on_interrupt = [this](std::function<void()> what) { signals_.on_interrupt(std::move(what)); };
    Loopback loopback(parts);
    caller.callback_base = [&]() -> Result<std::string> {
      const auto port = args->integer("port").value_or(0);
      return loopback.base(static_cast<unsigned>(port));
    };
    const auto output = host::perform(operation, parts, caller, *args);
    loopback.end();
    progress.clear();
    if (!output) return say(output.error(), name);
    return show(*output, name);
  }

  // The same by the host that runs here.
  int perform_remotely(Remote& remote, const host::Operation& operation, host::RawArgs& raw, const std::string& owner) {
    const auto name = operation.name();
    if (auto read = read_inputs(operation, raw); !read) return say(read.error(), name);
    // Mistakes are told in the words of options, before anything is sent.
    if (const auto args = host::parse_args(operation, raw); !args) return say(args.error(), name);
    host::Caller caller = this_caller();
    ProgressLine progress(terminal_width(STDERR_FILENO));
    caller.progress = [&](const host::Progress& p) { progress(p); };
    bool interrupted = false;
    signals_.on_interrupt([&] {
      interrupted = true;
      remote.interrupt();
    });
    auto output = remote.perform(operation, raw, owner, caller);
    progress.clear();
    if (interrupted) {
      // The host hears that nobody waits here any more.
      const bool sync = operation.scope == host::Scope::sync;
      auto e =
          fail(
              ErrorCode::unspecified, ErrorClass::transient,
              sync
                  ? "interrupted; what was committed is kept, and the host ends the sync unless others asked for it too"
                  : "interrupted; what was committed is kept",
              std::string(host::interrupted_tag))
              .value();
      e.remedy = "run the command again to go on";
      return say(e, name);
    }
    if (!output) return say(output.error(), name);
    return show(*output, name);
  }

  int show(const host::Output& output, const std::string& name) {
    const auto rendered = render(output, out_, render_);
    signals_.on_interrupt(nullptr);
    if (!rendered) return say(rendered.error(), name);
    if (render_.format == Format::table)
      for (const auto& note : output.notes) err_.write(in_words_of(host::Face::command_line, note, operation_) + "\n");
    if (output.then) return say(*output.then, name);
    return exit_ok;
  }

  static host::Caller this_caller() {
    host::Caller caller;
    caller.actor.kind = TENTO_ACTOR_USER;
    caller.actor.name = environment("USER").value_or("local");
    return caller;
  }

  [[noreturn]] int serve_until_ended(host::Config config, const host::ConfigInputs& inputs) {
    auto log = make_log(config);
    auto app = host::App::open({.config = std::move(config), .log = std::move(log), .alone = true});
    const auto served = app ? serve(**app, signals_, out_, [&inputs] { return host::load_config(inputs); })
                            : Result<void>(fail(app.error()));
    const int code = served ? exit_ok : say(served.error(), "serve");
    if (app) (*app)->shutdown(drain_ms);
    err_.flush();
    ::_exit(code);
  }

  int print(const std::string& text) {
    out_.write(text);
    out_.flush();
    const auto done = out_.result();
    return done ? exit_ok : say(done.error(), "");
  }

  int say(const Error& error, std::string_view what) {
    out_.flush();
    err_.write(error_text(error, what, json_errors_, operation_));
    err_.flush();
    return host::exit_code_of(error);
  }

  Signals& signals_;
  PrivateMemory& memory_;
  int answers_;
  TextOut out_;
  TextOut err_;
  RenderOptions render_;
  bool json_errors_ = false;
  const host::Operation* operation_ = nullptr;  // that was asked for
};

}  // namespace
}  // namespace tento::cli

int main(int argc, char** argv) {
  tento::cli::PrivateMemory memory;
  tento::cli::prepare_last_words();
  tento::cli::Signals signals;
  int code = tento::cli::exit_failed;
  try {
    code = tento::cli::Program(signals, memory).run(argc, argv);
  } catch (const std::exception& e) {
    tento::cli::TextOut(STDERR_FILENO).write(std::string("tento: ") + e.what() + "\n");
  }
  tento::cli::leaving_on_purpose();
  return code;
}
