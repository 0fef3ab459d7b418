// SPDX-License-Identifier: Apache-2.0
// Results as aligned columns for people. Long lists stream: the first records decide the widths.
#include <algorithm>
#include <iterator>

#include "host/base/text.hpp"
#include "host/cli/display_width.hpp"
#include "host/cli/render.hpp"
#include "host/formats/flatten.hpp"

namespace tento::cli {
namespace {

constexpr std::size_t measured_records = 200;
constexpr std::string_view bold = "\033[1m", plain_again = "\033[0m";

// What a terminal may get of foreign text: one line, no control characters that could command it.
std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto control = host::control_at_front(text);
    if (control == 0)
      out += text.front();
    else if (text.front() == '\n' || text.front() == '\t' || text.front() == '\r')
      out += ' ';
    else
      out += '?';
    text.remove_prefix(std::max<std::size_t>(control, 1));
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// What matters most of a row's data, first; what has no role is left out where others have one.
std::vector<host::ColumnPart> with_roles(const std::vector<host::ColumnPart>& parts) {
  using host::PartRole;
  std::vector<host::ColumnPart> out;
  for (const auto role :
       {PartRole::title, PartRole::value, PartRole::category, PartRole::start, PartRole::end, PartRole::url})
    std::copy_if(parts.begin(), parts.end(), std::back_inserter(out),
                 [&](const host::ColumnPart& part) { return part.role == role; });
  return out.empty() ? parts : out;
}

class Table {
 public:
  // `narrow`: what does not fit the terminal may be left out, and its titles are told at the end with `left_out`.
  Table(TextOut& out, const RenderOptions& options, std::vector<std::string> titles, bool narrow,
        std::vector<std::string> left_out)
      : out_(out), options_(options), titles_(std::move(titles)), narrow_(narrow), left_out_(std::move(left_out)) {
    for (const auto& t : titles_) widths_.push_back(display_.of(t));
  }

  bool add(const std::vector<std::string>& texts) {
    std::vector<std::string> line;
    for (const auto& t : texts) line.push_back(one_line(t));
    if (streaming_) return write(line, {});
    for (std::size_t i = 0; i < line.size() && i < widths_.size(); ++i)
      widths_[i] = std::max(widths_[i], display_.of(line[i]));
    held_.push_back(std::move(line));
    return held_.size() < measured_records || start();
  }
  bool finish() {
    if (!streaming_ && !start()) return false;
    if (left_out_.empty()) return true;
    const std::string names = host::join(left_out_, ", ", [](const auto& name) { return one_line(name); });
    return out_.write("not shown: " + names + "; --all shows every column\n");
  }

 private:
  // The columns share the terminal; the widest give way first.
  void fit() {
    if (options_.width == 0 || widths_.empty()) return;
    constexpr std::size_t gap = 2, least = 8;
    for (;;) {
      std::size_t total = gap * (widths_.size() - 1);
      for (const auto w : widths_) total += w;
      if (total <= options_.width) return;
      auto widest = std::max_element(widths_.begin(), widths_.end());
      if (*widest > least) {
        *widest -= std::min(*widest - least, total - options_.width);
        continue;
      }
      if (!narrow_ || widths_.size() == 1) return;
      left_out_.insert(left_out_.begin(), titles_[widths_.size() - 1]);
      widths_.pop_back();
    }
  }
  bool start() {
    streaming_ = true;
    fit();
    std::vector<std::string> upper;
    for (auto title : titles_) {
      std::transform(title.begin(), title.end(), title.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
      upper.push_back(std::move(title));
    }
    bool open = write(upper, options_.color ? bold : std::string_view());
    for (const auto& line : held_) open = open && write(line, {});
    held_.clear();
    return open;
  }
  bool write(const std::vector<std::string>& texts, std::string_view style) {
    std::string line(style);
    for (std::size_t i = 0; i < texts.size() && i < widths_.size(); ++i) {
      auto text = options_.width == 0 ? texts[i] : display_.cut(texts[i], widths_[i]);
      const auto columns = display_.of(text);
      line += text;
      if (i + 1 < widths_.size()) line.append((widths_[i] > columns ? widths_[i] - columns : 0) + 2, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    if (!style.empty()) line += plain_again;
    line += '\n';
    return out_.write(line);
  }

  TextOut& out_;
  const RenderOptions& options_;
  DisplayWidth display_;
  std::vector<std::string> titles_;
  bool narrow_;
  std::vector<std::string> left_out_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> held_;
  bool streaming_ = false;
};

}  // namespace

Result<void> render_table(const host::Output& whole, TextOut& out, const RenderOptions& options) {
  host::Output output = whole;
  // On a terminal a cell is what its row says that matters; a pipe has everything, so that scripts find it.
  std::vector<std::string> left_out;
  bool narrow = false;
  if (options.width > 0 && !options.all && !output.single)
    for (auto& column : output.columns) {
      if (column.parts.empty()) continue;
      narrow = true;
      auto chosen = with_roles(column.parts);
      if (chosen.size() < column.parts.size())
        for (const auto& part : column.parts)
          if (part.role == host::PartRole::none) left_out.push_back(part.title);
      column.parts = std::move(chosen);
    }
  const auto titles = host::flat_titles(output, true);
  host::Flattener flatten(output, true);
  if (output.single) {  // one record reads better as lines of `name  value`
    const DisplayWidth display;
    std::size_t width = 0;
    for (const auto& t : titles) width = std::max(width, display.of(t));
    return host::for_each_record(output, [&](std::span<const host::FieldView> record) {
      const auto& texts = flatten(record);
      for (std::size_t i = 0; i < texts.size() && i < titles.size(); ++i) {
        if (texts[i].empty()) continue;
        std::string name = titles[i];
        name.append(width - display.of(name) + 2, ' ');
        if (options.color) name = std::string(bold) + name + std::string(plain_again);
        if (!out.write(name + one_line(texts[i]) + "\n")) return false;
      }
      return true;
    });
  }
  Table table(out, options, titles, narrow, std::move(left_out));
  TENTO_TRY(host::for_each_record(output,
                                  [&](std::span<const host::FieldView> record) { return table.add(flatten(record)); }));
  table.finish();
  return {};
}

}  // namespace tento::cli
