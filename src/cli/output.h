// Printing what the API gave: a table for people (also when piped), tab-separated values, or the
// API's objects as JSON. Columns are places in those objects, so that a group of verbs shows its
// things alike.
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace berth::cli {

struct Column {
  std::string_view title;
  std::string_view path;  // "properties.loginServer"
  // How people read it, in a table or as tab-separated values; null: as it is.
  std::string (*words)(std::string text) = nullptr;
};

// JSON: the array. Table: titles and a row for each; "Nothing to show." on `err` when empty.
void print_rows(const Invocation& call, Context& context, const boost::json::array& rows,
                std::span<const Column> columns);
// JSON: the object. Table: one line for each column that has a value. TSV: one row.
void print_one(const Invocation& call, Context& context, const boost::json::value& object,
               std::span<const Column> columns);
// On one line and without control characters: names come from others, and a terminal obeys those.
std::string printable(std::string text);
// A sentence for people; nothing on `out` for programs.
void print_note(const Invocation& call, Context& context, std::string_view sentence);

}  // namespace berth::cli
