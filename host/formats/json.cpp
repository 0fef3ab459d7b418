// SPDX-License-Identifier: Apache-2.0
// Results as JSON (RFC 8259), whole or one record a line. JSON that was stored is copied, never parsed.
#include "host/base/json.hpp"
#include "host/formats/formats.hpp"
#include "host/formats/json_text.hpp"
#include "host/operations/problem.hpp"

namespace tento::host {
namespace {

// A record as an object; the names are escaped once.
class Objects {
 public:
  Objects(const std::vector<Column>& columns, bool one_line) : one_line_(one_line) {
    bool first = true;
    for (const auto& column : columns) {
      std::string name;
      if (!column.internal) {
        name = first ? "{" : ",";
        append_json_string(name, column.name);
        name += ':';
        first = false;
      }
      names_.push_back(std::move(name));
    }
    empty_ = first;
  }
  // Without its closing brace, which more members may come before.
  std::string& open(std::span<const FieldView> record) {
    object_.clear();
    for (std::size_t i = 0; i < names_.size() && i < record.size(); ++i) {
      if (names_[i].empty()) continue;
      object_ += names_[i];
      std::visit(AppendJson{object_, one_line_}, record[i]);
    }
    if (empty_) object_ += '{';
    return object_;
  }
  std::string& operator()(std::span<const FieldView> record) { return open(record) += '}'; }
  void release() { std::string().swap(object_); }

 private:
  bool one_line_;
  bool empty_ = false;
  std::vector<std::string> names_;  // empty = not shown
  std::string object_;
};

// `,"name":` and the JSON.
std::string member(std::string_view name, std::string_view json) {
  std::string out = ",\n";
  append_json_string(out, name);
  out += ':';
  out += json;
  return out;
}

// Records as an array; with a name, as the member of an object.
class ListWriter final : public AnswerWriter {
 public:
  // `more`: members behind the extras.
  ListWriter(const Output& output, std::string_view list_name, std::string more, Sink sink)
      : AnswerWriter(output, std::move(sink)),
        name_(list_name),
        more_(std::move(more)),
        objects_(output.columns, false) {}

 private:
  void begin(Pieces& out) override {
    if (!name_.empty()) {
      std::string head = "{";
      append_json_string(head, name_);
      out.write(head + ":");
    }
    out.write("[");
  }
  bool record(Pieces& out, std::span<const FieldView> record) override {
    out.write(first_ ? "\n" : ",\n");
    first_ = false;
    return out.write(objects_(record));
  }
  Result<void> end(Pieces& out, Result<void> read) override {
    if (read) read = close(out);
    return out.finish(std::move(read));
  }
  void release() override { objects_.release(); }
  Result<void> close(Pieces& out) {
    out.write(first_ ? "]" : "\n]");
    if (!name_.empty()) {
      if (output().extras) {
        TENTO_TRY_ASSIGN(const auto extras, output().extras());
        for (const auto& [name, json] : extras) out.write(member(name, json.text));
      }
      out.write(more_);
      out.write("}");
    }
    out.write("\n");
    return {};
  }

  const std::string name_, more_;
  Objects objects_;
  bool first_ = true;
};

class SingleWriter final : public AnswerWriter {
 public:
  SingleWriter(const Output& output, std::string more, Sink sink)
      : AnswerWriter(output, std::move(sink)), more_(std::move(more)), objects_(output.columns, false) {}

 private:
  bool record(Pieces& out, std::span<const FieldView> record) override {
    auto& object = objects_.open(record);
    object += more_;
    return out.write(object += "}\n");
  }

  const std::string more_;
  Objects objects_;
};

class LineWriter final : public AnswerWriter {
 public:
  LineWriter(const Output& output, Sink sink) : AnswerWriter(output, std::move(sink)), objects_(output.columns, true) {}

 private:
  bool record(Pieces& out, std::span<const FieldView> record) override { return out.write(objects_(record) += '\n'); }
  void release() override { objects_.release(); }

  Objects objects_;
};

std::unique_ptr<AnswerWriter> document_writer(const Output& output, std::string_view list_name, std::string more,
                                              Sink sink) {
  if (output.single) return std::make_unique<SingleWriter>(output, std::move(more), std::move(sink));
  return std::make_unique<ListWriter>(output, list_name, std::move(more), std::move(sink));
}

}  // namespace

std::unique_ptr<AnswerWriter> json_writer(const Output& output, std::string_view list_name, Sink sink) {
  return document_writer(output, list_name, {}, std::move(sink));
}

std::unique_ptr<AnswerWriter> json_document_writer(const Output& output, const Shape& shape, Sink sink) {
  std::string more;
  if (output.then) more = member("problem", problem_json(*output.then, "the result is not complete"));
  return document_writer(output, shape.list, std::move(more), std::move(sink));
}

std::unique_ptr<AnswerWriter> jsonl_writer(const Output& output, Sink sink) {
  return std::make_unique<LineWriter>(output, std::move(sink));
}

}  // namespace tento::host
