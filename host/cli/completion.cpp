// SPDX-License-Identifier: Apache-2.0
// The bash completion script, written out from the table of operations; needs no helper package.
#include <map>
#include <set>

#include "host/cli/command_line.hpp"

namespace tento::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

// Options whose value is a file or a folder.
constexpr std::string_view body = R"sh(# Completion of tento for bash. Use it: source <(tento completion bash)
_tento() {
  local cur prev command="" word i skip=0
  cur="${COMP_WORDS[COMP_CWORD]}"
  prev="${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      @VALUED@) skip=1 ;;
      -*) ;;
      *)
        case "$command" in
          ""|@NOUNS@) command="${command:+$command }$word" ;;
        esac
        ;;
    esac
  done
  case "$prev" in
@CHOICES@    @FOLDERS@) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    @FILES@) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    @OTHERS@) return ;;
  esac
  local words=""
  case "$command" in
@COMMANDS@  esac
  [[ "$cur" == -* ]] && words="$words @GLOBALS@"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _tento tento
)sh";

void replace(std::string& text, std::string_view mark, std::string_view with) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size()))
    text.replace(at, mark.size(), with);
}

std::string alternatives(const std::set<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : "|") + w;
  return out;
}

}  // namespace

std::string bash_completion() {
  std::set<std::string> valued{"-o"}, nouns, folders{"--data-dir", "--plugin-dir"}, files{"--config"}, others;
  std::map<std::string, std::vector<std::string>> commands;  // words before -> what may follow
  std::string choices, globals;
  const auto choose = [&](const std::string& option, const std::vector<std::string_view>& values) {
    choices += "    " + option + ") COMPREPLY=($(compgen -W \"" + joined({values.begin(), values.end()}) +
               "\" -- \"$cur\")); return ;;\n";
  };
  for (const auto& g : global_options()) {
    const std::string option = "--" + std::string(g.name);
    valued.insert(option);
    globals += (globals.empty() ? "" : " ") + option;
    if (!g.choices.empty()) choose(g.name == "output" ? "-o|" + option : option, g.choices);
  }
  for (const auto& flag : global_flags()) globals += " --" + std::string(flag.name);
  for (const auto& operation : host::operations()) {
    const std::string noun(operation.noun), verb(operation.verb);
    if (noun.empty()) {
      commands[""].push_back(verb);
    } else {
      if (nouns.insert(noun).second) commands[""].push_back(noun);
      commands[noun].push_back(verb);
    }
    auto& options = commands[operation.name()];
    for (const auto& param : operation.params) {
      if (param.positional) continue;
      const std::string option = "--" + option_name(param);
      options.push_back(option);
      if (takes_no_value(param)) continue;
      valued.insert(option);
      if (param.type == host::ParamType::input)
        files.insert(option);
      else
        others.insert(option);
    }
  }
  commands[""].emplace_back("completion");
  commands[""].emplace_back("openapi");
  commands["completion"].emplace_back("bash");
  nouns.insert("completion");

  std::string cases;
  for (const auto& [before, after] : commands) cases += "    \"" + before + "\") words=\"" + joined(after) + "\" ;;\n";
  std::string script(body);
  replace(script, "@VALUED@", alternatives(valued));
  replace(script, "@NOUNS@", alternatives(nouns));
  replace(script, "@CHOICES@", choices);
  replace(script, "@FOLDERS@", alternatives(folders));
  replace(script, "@FILES@", alternatives(files));
  replace(script, "@OTHERS@", alternatives(others));
  replace(script, "@COMMANDS@", cases);
  replace(script, "@GLOBALS@", globals + " --help");
  return script;
}

}  // namespace tento::cli
