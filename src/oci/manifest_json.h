// JSON for the manifest reader: parsed more strictly than the JSON standard asks, because two
// readers that resolve an ambiguity differently would see two manifests in the same bytes.
// RFC 8259 syntax, UTF-8, no duplicate member at any depth, bounded nesting, at most 4096 members
// in one object and 262144 values in all.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::oci {

// A place in a document, such as `layers[3].digest`. Chained on the stack: a Path refers to its
// parent, which must outlive it, and costs nothing until an error asks for its text.
class Path {
 public:
  Path() = default;
  Path member(std::string_view key) const { return {this, key, 0}; }
  Path element(std::size_t index) const { return {this, {}, index}; }
  // "the document" for the root.
  std::string text() const;

  // The two steps of a path's text. A key that is no plain word is shown as ['key'].
  static void append_member(std::string& out, std::string_view key);
  static void append_element(std::string& out, std::size_t index);

 private:
  Path(const Path* parent, std::string_view key, std::size_t index)
      : parent_(parent), key_(key), index_(index) {}
  void append_to(std::string& out) const;

  const Path* parent_ = nullptr;
  std::string_view key_;  // empty data pointer: an array element
  std::size_t index_ = 0;
};

// kManifestInvalid "<path> <what>", with the path as a detail of its own.
tl::unexpected<Error> invalid_at(const Path& path, std::string_view what);

// kManifestInvalid naming the byte or the path. The value's memory is one arena, freed with it.
Result<boost::json::value> parse_manifest_json(std::string_view bytes, std::size_t max_depth);

}  // namespace berth::oci
