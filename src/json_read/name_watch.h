// Finds a name that occurs twice in one object, which json::parse lets pass (the last one wins):
// two readers of one text must never see two different things. A handler for json::basic_parser
// that sees every name of every object and keeps nothing else.
//
// `Limits` holds the sizes that the parser enforces, each a static std::size_t: max_object_size,
// max_array_size, max_key_size, max_string_size. For .cpp files only: it brings the parser with it.
#pragma once

#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace berth::json_read {

template <class Limits>
struct NameWatch : Limits {
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

  std::vector<std::set<std::string>> levels;
  std::string partial;
  std::string repeated;  // the first name that was there twice; the parser stops at it

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) {
    levels.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Error&) {
    levels.pop_back();
    return true;
  }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(Text part, std::size_t, Error&) {
    partial.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t, Error& error) {
    partial.append(part.data(), part.size());
    if (!levels.back().insert(partial).second) {
      repeated = partial;
      error = boost::json::error::syntax;
      return false;
    }
    partial.clear();
    return true;
  }
  bool on_string_part(Text, std::size_t, Error&) { return true; }
  bool on_string(Text, std::size_t, Error&) { return true; }
  bool on_number_part(Text, Error&) { return true; }
  bool on_int64(std::int64_t, Text, Error&) { return true; }
  bool on_uint64(std::uint64_t, Text, Error&) { return true; }
  bool on_double(double, Text, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }
};

}  // namespace berth::json_read
