#include "api/graph_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "identity/model.h"

namespace berth::api {
namespace {

Error unsupported() {
  return Error(Code::kInvalidRequest,
               "Unsupported or invalid query filter clause. Write <property> eq '<text>', "
               "startswith(<property>,'<text>') or servicePrincipalNames/any(c:c eq '<text>'), "
               "joined by ' and '.")
      .named("Request_UnsupportedQuery");
}

// Takes pieces off the front of a text; every step says whether it succeeded.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool literal(std::string_view word) {
    spaces();
    if (!identity::lower(rest_.substr(0, word.size())).starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool name(std::string& out) {
    spaces();
    const auto end = std::find_if(rest_.begin(), rest_.end(), [](char c) {
      return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
    });
    out.assign(rest_.begin(), end);
    rest_.remove_prefix(out.size());
    return !out.empty();
  }
  // In single quotes; a quote inside is written twice (OData 4.01 §5.1.1.6.1).
  bool quoted(std::string& out) {
    spaces();
    if (!rest_.starts_with('\'')) return false;
    rest_.remove_prefix(1);
    out.clear();
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\'' && !rest_.starts_with('\'')) return true;
      if (c == '\'') rest_.remove_prefix(1);
      out += c;
    }
    return false;
  }
  bool at_end() {
    spaces();
    return rest_.empty();
  }

 private:
  void spaces() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

bool read_any(Scanner& in, FilterClause& out) {
  std::string variable;
  std::string again;
  out.any = true;
  return in.literal("any") && in.literal("(") && in.name(variable) && in.literal(":") &&
         in.name(again) && again == variable && in.literal("eq ") && in.quoted(out.value) &&
         in.literal(")");
}

bool read_clause(Scanner& in, FilterClause& out) {
  if (in.literal("startswith(")) {
    out.prefix = true;
    return in.name(out.property) && in.literal(",") && in.quoted(out.value) && in.literal(")");
  }
  if (!in.name(out.property)) return false;
  if (in.literal("/")) return read_any(in, out);
  return in.literal("eq ") && in.quoted(out.value);
}

}  // namespace

Result<std::vector<FilterClause>> parse_filter(std::string_view text) {
  if (text.size() > kMaxFilterBytes) return fail(unsupported());
  std::vector<FilterClause> out;
  Scanner in(text);
  while (!in.at_end()) {
    FilterClause clause;
    if (!out.empty() && !in.literal("and ")) return fail(unsupported());
    if (!read_clause(in, clause)) return fail(unsupported());
    clause.value = identity::lower(clause.value);
    out.push_back(std::move(clause));
  }
  return out;
}

Result<bool> matches(const std::vector<FilterClause>& filter, const PropertyValues& values) {
  for (const FilterClause& clause : filter) {
    const auto found = values(clause.property);
    if (!found) {
      return fail(
          Error(Code::kInvalidRequest,
                fmt::format("Could not find a property named '{}' to filter by.", clause.property))
              .named("Request_UnsupportedQuery"));
    }
    const bool hit = std::any_of(found->begin(), found->end(), [&](const std::string& value) {
      const std::string lower = identity::lower(value);
      return clause.prefix ? lower.starts_with(clause.value) : lower == clause.value;
    });
    if (!hit) return false;
  }
  return true;
}

}  // namespace berth::api
