#include "server/config_docs.h"

#include <fmt/format.h>

#include "server/config_keys.h"
#include "server/config_tables.h"

namespace berth::server {
namespace {

std::string default_cell(const ConfigKey& key) {
  const std::string text = key.default_text();
  return key.number() ? fmt::format("`{}`", text) : fmt::format("`\"{}\"`", text);
}

std::string default_cell(const TableReference::Key& key) {
  return key.default_text.empty() ? "must be there" : fmt::format("`{}`", key.default_text);
}

}  // namespace

std::string config_reference() {
  std::string out;
  std::string_view section;
  for (const ConfigKey& key : config_keys()) {
    if (key.section != section) {
      section = key.section;
      out += fmt::format(
          "\n### [{}]\n\n| Key | Default | Value | Meaning | Variable, flag "
          "|\n|---|---|---|---|---|\n",
          section);
    }
    out += fmt::format("| `{}` | {} | {} | {} | `{}` `{}` |\n", key.name, default_cell(key),
                       key.expectation(), key.help, key.variable(), key.flag());
  }
  for (const TableReference& table : table_references()) {
    out += fmt::format(
        "\n### [[{}]]\n\n{}\n\n| Key | Default | Value | Meaning |\n|---|---|---|---|\n",
        table.name, table.help);
    for (const TableReference::Key& key : table.keys) {
      out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, default_cell(key), key.expectation,
                         key.help);
    }
  }
  return out + "\n";
}

std::string with_reference(std::string_view document) {
  const std::size_t begin = document.find(kReferenceBegin);
  const std::size_t end = document.find(kReferenceEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::string(document);
  }
  return std::string(document.substr(0, begin + kReferenceBegin.size())) + config_reference() +
         std::string(document.substr(end));
}

}  // namespace berth::server
