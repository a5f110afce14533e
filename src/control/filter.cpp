#include "control/filter.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "control/arm_error.h"

namespace berth::control {
namespace {

constexpr std::size_t kMaxLength = 1024;

Error malformed() {
  return bad_request("InvalidFilterInQueryString",
                     "The $filter is not valid; write terms such as name eq 'value' or "
                     "function('value'), joined by ' and '.");
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_spaces();
    return text_.empty();
  }
  bool take(std::string_view word) {
    skip_spaces();
    if (!equal_no_case(text_.substr(0, word.size()), word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  std::string word() {
    skip_spaces();
    const std::size_t end = text_.find_first_not_of(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.");
    std::string out(text_.substr(0, end));
    text_.remove_prefix(out.size());
    return out;
  }
  // 'text', in which '' stands for one quote.
  std::optional<std::string> quoted() {
    skip_spaces();
    if (!text_.starts_with('\'')) return std::nullopt;
    std::string out;
    for (std::size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] != '\'') {
        out.push_back(text_[i]);
      } else if (i + 1 < text_.size() && text_[i + 1] == '\'') {
        out.push_back(text_[++i]);
      } else {
        text_.remove_prefix(i + 1);
        return out;
      }
    }
    return std::nullopt;
  }

 private:
  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size())); }
  std::string_view text_;
};

Result<FilterTerm> read_term(Reader& reader) {
  FilterTerm term;
  term.name = reader.word();
  if (term.name.empty()) return fail(malformed());
  if (reader.take("(")) {
    term.call = true;
    if (auto value = reader.quoted()) term.value = std::move(*value);
    if (!reader.take(")")) return fail(malformed());
    return term;
  }
  if (!reader.take("eq ")) return fail(malformed());
  auto value = reader.quoted();
  if (!value) return fail(malformed());
  term.value = std::move(*value);
  return term;
}

}  // namespace

bool FilterTerm::is(std::string_view wanted, bool as_call) const {
  return call == as_call && equal_no_case(name, wanted);
}

Result<Filter> parse_filter(const std::optional<std::string>& text) {
  Filter out;
  if (!text || text->empty()) return out;
  if (text->size() > kMaxLength) return fail(malformed());
  Reader reader(*text);
  do {
    TRY_ASSIGN(FilterTerm term, read_term(reader));
    out.push_back(std::move(term));
  } while (reader.take("and "));
  if (!reader.at_end()) return fail(malformed());
  return out;
}

Error unknown_filter(const FilterTerm& term, std::string_view known) {
  return bad_request("UnsupportedFilter",
                     fmt::format("The filter on '{}' is not supported here. Supported: {}.",
                                 term.name.substr(0, 64), known));
}

}  // namespace berth::control
