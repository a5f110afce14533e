#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/json_text.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

std::string cell(const json::value* value) {
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return printable(std::string(value->get_string()));
  if (!value->is_array()) return printable(json::serialize(*value));
  std::string out;
  for (const json::value& item : value->get_array()) {
    out += (out.empty() ? "" : ",") + cell(&item);
  }
  return out;
}

std::vector<std::string> cells(const json::value& object, std::span<const Column> columns) {
  std::vector<std::string> out;
  out.reserve(columns.size());
  for (const Column& column : columns) {
    std::string text = cell(find(object, column.path));
    out.push_back(column.words == nullptr ? std::move(text) : column.words(std::move(text)));
  }
  return out;
}

std::string padded(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) out += fmt::format("{:<{}}  ", row[i], widths[i]);
  out.erase(out.find_last_not_of(' ') + 1);
  return out + '\n';
}

}  // namespace

void print_rows(const Invocation& call, Context& context, const json::array& rows,
                std::span<const Column> columns) {
  if (call.json()) {
    context.out << json::serialize(rows) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> lines;
  for (const json::value& row : rows) lines.push_back(cells(row, columns));
  if (call.value("--output") == "tsv") {
    for (const auto& line : lines) context.out << fmt::format("{}\n", fmt::join(line, "\t"));
    return;
  }
  if (rows.empty()) {
    context.err << "Nothing to show.\n";
    return;
  }
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    titles.emplace_back(columns[i].title);
    widths.push_back(titles.back().size());
    for (const auto& line : lines) widths[i] = std::max(widths[i], line[i].size());
  }
  context.out << padded(titles, widths);
  for (const auto& line : lines) context.out << padded(line, widths);
}

void print_one(const Invocation& call, Context& context, const json::value& object,
               std::span<const Column> columns) {
  if (call.json()) {
    context.out << json::serialize(object) << '\n';
    return;
  }
  const auto line = cells(object, columns);
  if (call.value("--output") == "tsv") {
    context.out << fmt::format("{}\n", fmt::join(line, "\t"));
    return;
  }
  std::size_t width = 0;
  for (const Column& column : columns) width = std::max(width, column.title.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!line[i].empty()) {
      context.out << fmt::format("{:<{}}  {}\n", columns[i].title, width, line[i]);
    }
  }
}

std::string printable(std::string text) {
  // A text of several lines, such as a condition, is shown in one.
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

void print_note(const Invocation& call, Context& context, std::string_view sentence) {
  const std::string how = call.value("--output");
  if (how != "json" && how != "tsv") context.out << sentence << '\n';
}

}  // namespace berth::cli
