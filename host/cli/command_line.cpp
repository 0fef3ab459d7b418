// SPDX-License-Identifier: Apache-2.0
// Makes the commands from the table with CLI11, and good errors of what it did not expect.
#include "host/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/operations/reference.hpp"
#include "host/server/openapi.hpp"

namespace tento::cli {

using host::Operation;

const std::vector<GlobalOption>& global_options() {
  static const std::vector<GlobalOption> options{
      {"config", "FILE", "configuration file (TENTO_CONFIG)", {}, false},
      {"data-dir", "DIR", "folder of the store (TENTO_DATA_DIR)", {}, false},
      {"plugin-dir", "DIR", "folder of providers, repeatable (TENTO_PLUGIN_PATH)", {}, true},
      {"owner", "USER", "user whose rows are meant (TENTO_OWNER)", {}, false},
      {"output",
       "FORMAT",
       "table, json, jsonl, csv or, of cells, ics",
       {"table", "json", "jsonl", "csv", "ics"},
       false},
      {"log-level",
       "LEVEL",
       "trace, debug, info, warn, error or off",
       {"trace", "debug", "info", "warn", "error", "off"},
       false},
      {"log-format", "FORMAT", "text or json", {"text", "json"}, false},
      {"on-missing",
       "WHAT",
       "stop or quarantine: when a provider needs an interface this host lacks",
       {"stop", "quarantine"},
       false},
      {"debug-provider", "ID", "a provider whose calls have no deadline, or all (TENTO_DEBUG_PROVIDER)", {}, false},
  };
  return options;
}

const std::vector<GlobalFlag>& global_flags() {
  static const std::vector<GlobalFlag> flags{
      {"all", "a table on a terminal has every column, not only what fits and matters most"},
      {"csv-safe", "CSV: an apostrophe before what a spreadsheet would take for a formula"},
  };
  return flags;
}

namespace {

// The storage one command's options write to.
struct Command {
  const Operation* operation = nullptr;
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::map<std::string, bool, std::less<>> flags;
  std::map<std::string, CLI::Option*, std::less<>> options;
};

class Parser {
 public:
  Parser()
      : app_("tento hosts the providers of your data: connect accounts, sync rows, read and write cells.", "tento") {
    app_.allow_extras();
    app_.set_version_flag("--version", std::string());
    app_.footer(
        "Exit codes: 0 ok, 1 failed, 2 usage, 3 needs auth, 4 rate limited, 5 partial, 78 configuration or boot "
        "check.\n"
        "`tento COMMAND --help` tells more.");
    for (const auto& g : global_options()) {
      auto* o = app_.add_option((g.name == "output" ? "-o,--" : "--") + std::string(g.name),
                                globals_[std::string(g.name)], std::string(g.help));
      // Its own text, since each is kept as a list, which CLI11 would show as `FILE ...`.
      o->type_name(std::string(g.value_name))->option_text(std::string(g.value_name));
      o->allow_extra_args(false)->group("Everywhere");
      if (!g.repeat) o->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    for (const auto& flag : global_flags())
      app_.add_flag("--" + std::string(flag.name), flags_[flag.name], std::string(flag.help))->group("Everywhere");
    for (const auto& operation : host::operations()) add(operation);
    serve_ = app_.add_subcommand("serve", "run as a service: sync what is queued, answer HTTP");
    serve_->add_option("--listen", listen_, "where it listens (TENTO_LISTEN)")->type_name("")->option_text("ADDR:PORT");
    serve_->fallthrough();
    completion_ = app_.add_subcommand("completion", "print the completion script of a shell");
    completion_->add_option("shell", shell_, "bash")->type_name("SHELL");
    completion_->fallthrough();
    openapi_ = app_.add_subcommand("openapi", "print what the API can do as an OpenAPI document");
    openapi_->fallthrough();
    // For whoever keeps the page in host/docs/.
    reference_ = app_.add_subcommand("reference", "print the reference page of all operations")->group("");
    reference_->fallthrough();
  }

  Result<Invocation> parse(int argc, const char* const* argv) {
    Invocation out;
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForVersion&) {
      out.operation = host::find_operation("", "version");
      take_globals(out);
      return out;
    } catch (const CLI::CallForHelp&) {
      out.print = help();
      return out;
    } catch (const CLI::CallForAllHelp&) {
      out.print = help();
      return out;
    } catch (const CLI::ParseError& e) {
      return fail(host::usage_error(lower_first(e.what()), see_help()));
    }
    TENTO_TRY(nothing_left());
    take_globals(out);
    if (completion_->parsed()) {
      if (shell_ != "bash")
        return fail(
            host::usage_error("no completion for \"" + shell_ + "\"", "`tento completion bash` is what there is"));
      out.completion = shell_;
      return out;
    }
    if (openapi_->parsed()) {
      out.print = host::server::openapi_json(host::server::routes(), "/") + "\n";
      return out;
    }
    if (reference_->parsed()) {
      out.print = host::reference_page();
      return out;
    }
    if (serve_->parsed()) {
      out.serve = true;
      if (!listen_.empty()) out.globals["listen"] = {listen_};
      return out;
    }
    const auto* command = chosen();
    if (command == nullptr) return fail(incomplete());
    out.operation = command->operation;
    for (const auto& param : command->operation->params) {
      const std::string name(param.name);
      if (command->options.at(name)->count() == 0) continue;
      auto& texts = out.args[name];
      if (takes_no_value(param)) continue;
      const auto& values = command->values.at(name);
      texts.assign(values.begin(), values.end());
    }
    return out;
  }

 private:
  CLI::App* noun(std::string_view name) {
    auto& app = nouns_[std::string(name)];
    if (app == nullptr) {
      app = app_.add_subcommand(std::string(name), std::string(host::noun_help(name)));
      app->fallthrough();
    }
    return app;
  }

  void add(const Operation& operation) {
    auto command = std::make_unique<Command>();
    command->operation = &operation;
    auto* parent = operation.noun.empty() ? &app_ : noun(operation.noun);
    command->app = parent->add_subcommand(std::string(operation.verb), std::string(operation.help));
    command->app->fallthrough();
    for (const auto& param : operation.params) {
      const std::string name(param.name);
      CLI::Option* option = nullptr;
      if (takes_no_value(param)) {
        option = command->app->add_flag("--" + option_name(param), command->flags[name], std::string(param.help));
      } else {
        option = command->app->add_option(param.positional ? name : "--" + option_name(param), command->values[name],
                                          std::string(param.help));
        option->allow_extra_args(false)->type_name(param.positional ? "" : std::string(param.value_name));
        if (param.positional)
          option->expected(1);
        else
          option->option_text(std::string(param.value_name));
      }
      command->options[name] = option;
    }
    commands_.push_back(std::move(command));
  }

  const Command* chosen() const {
    for (const auto& c : commands_)
      if (c->app->parsed()) return c.get();
    return nullptr;
  }

  void take_globals(Invocation& out) const {
    for (const auto& [name, values] : globals_)
      if (!values.empty()) out.globals[name] = values;
    out.all = flags_.at("all");
    out.csv_safe = flags_.at("csv-safe");
  }

  const CLI::App* deepest() const {
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return at;
  }
  std::string path() const {
    std::string text = "tento";
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      text += " " + at->get_name();
    }
    return text;
  }
  std::string see_help() const { return "see `" + path() + " --help`"; }
  std::string help() const { return app_.help(); }

  static std::string lower_first(std::string text) {
    // `--limit: 1 required LIMIT missing` and the like begin with the option; words begin small in our sentences.
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
    return text;
  }

  std::vector<std::string> known_options() const {
    std::vector<std::string> names{"--help", "--version"};
    for (const auto& g : global_options()) names.push_back("--" + std::string(g.name));
    for (const auto& flag : global_flags()) names.push_back("--" + std::string(flag.name));
    if (serve_->parsed()) names.emplace_back("--listen");
    if (const auto* c = chosen())
      for (const auto& p : c->operation->params)
        if (!p.positional) names.push_back("--" + option_name(p));
    return names;
  }
  std::vector<std::string> known_commands() const {
    std::vector<std::string> names;
    for (const auto* s : deepest()->get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(s->get_name());
    return names;
  }

  // What no option and no command took.
  Result<void> nothing_left() const {
    const auto left = app_.remaining(true);
    if (left.empty()) return {};
    const auto& first = left.front();
    if (first.starts_with("-") && first != "-") {
      const auto name = first.substr(0, first.find('='));
      return fail(host::usage_error("unknown option " + name + host::did_you_mean(name, known_options()), see_help()));
    }
    const auto commands = known_commands();
    if (commands.empty()) return fail(host::usage_error("unexpected argument \"" + first + "\"", see_help()));
    return fail(
        host::usage_error("unknown command \"" + first + "\"" + host::did_you_mean(first, commands), see_help()));
  }

  Error incomplete() const {
    const std::string all = host::join(known_commands());
    return host::usage_error("`" + path() + "` wants a command: " + all, see_help());
  }

  CLI::App app_;
  std::map<std::string, std::vector<std::string>, std::less<>> globals_;
  std::map<std::string_view, bool> flags_;
  std::map<std::string, CLI::App*, std::less<>> nouns_;
  std::vector<std::unique_ptr<Command>> commands_;
  CLI::App* serve_ = nullptr;
  std::string listen_;
  CLI::App* completion_ = nullptr;
  CLI::App* openapi_ = nullptr;
  CLI::App* reference_ = nullptr;
  std::string shell_ = "bash";
};

}  // namespace

Result<Invocation> parse_command_line(int argc, const char* const* argv) {
  return Parser().parse(argc, argv);
}

}  // namespace tento::cli
