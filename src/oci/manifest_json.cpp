#include "oci/manifest_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value_stack.hpp>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/shown.h"

namespace berth::oci {
namespace {

namespace json = boost::json;

// Memory, not syntax: a document of the largest size made of the smallest values would take some
// twenty times its size. Real manifests stay below a tenth of this.
constexpr std::size_t kMaxValues = 262'144;
// The same for one object, whose members the library finds by a hash that is no secret.
constexpr std::size_t kMaxMembers = 4'096;

constexpr std::size_t kMaxPlainKey = 64;  // a longer key is shown quoted, which cuts it

bool is_plain_word(std::string_view key) {
  return !key.empty() && key.size() <= kMaxPlainKey &&
         std::ranges::all_of(key, [](char c) { return is_alnum(c) || c == '_'; });
}

// Builds a json::value from the parser's events, watching what json::parse lets pass.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  Builder() { stack_.reset(json::make_shared_resource<json::monotonic_resource>()); }

  json::value release() { return stack_.release(); }
  // Why the builder stopped the parser; empty when it did not.
  const std::string& problem() const { return problem_; }
  const std::string& problem_path() const { return problem_path_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& ec) { return value_begins(ec) && push_level(false); }
  bool on_object_end(std::size_t n, json::error_code&) {
    stack_.push_object(n);
    return pop_level();
  }
  bool on_array_begin(json::error_code& ec) { return value_begins(ec) && push_level(true); }
  bool on_array_end(std::size_t n, json::error_code&) {
    stack_.push_array(n);
    return pop_level();
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    partial_key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    partial_key_.append(part.data(), part.size());
    stack_.push_key(part);
    auto& level = levels_[depth_ - 1];
    level.key = std::exchange(partial_key_, {});
    if (!level.keys.insert(level.key).second) {
      return stop("is there twice; a member may occur once", ec);
    }
    if (level.keys.size() <= kMaxMembers) return true;
    return stop(
        fmt::format("is member number {}; an object may have {}", level.keys.size(), kMaxMembers),
        ec);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    stack_.push_string(part);
    return value_begins(ec);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code& ec) {
    stack_.push_int64(number);
    return value_begins(ec);
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code& ec) {
    stack_.push_uint64(number);
    return value_begins(ec);
  }
  bool on_double(double number, json::string_view, json::error_code& ec) {
    stack_.push_double(number);
    return value_begins(ec);
  }
  bool on_bool(bool value, json::error_code& ec) {
    stack_.push_bool(value);
    return value_begins(ec);
  }
  bool on_null(json::error_code& ec) {
    stack_.push_null();
    return value_begins(ec);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  struct Level {
    bool is_array = false;
    std::size_t elements = 0;    // begun so far; the current one is the last
    std::string key;             // the current member
    std::set<std::string> keys;  // a hash set could be fed colliding keys
  };

  // Called once per value; for a scalar it has been pushed already, which does no harm.
  bool value_begins(json::error_code& ec) {
    if (depth_ > 0) ++levels_[depth_ - 1].elements;
    if (++values_ <= kMaxValues) return true;
    return stop(fmt::format("is value number {}; a manifest may have {}", values_, kMaxValues), ec);
  }
  // Levels are reused, so that a wide document does not allocate one set per object.
  bool push_level(bool is_array) {
    if (depth_ == levels_.size()) levels_.emplace_back();
    auto& level = levels_[depth_++];
    level.is_array = is_array;
    level.elements = 0;
    level.keys.clear();
    return true;
  }
  bool pop_level() {
    --depth_;
    return true;
  }
  bool stop(std::string why, json::error_code& ec) {
    problem_ = std::move(why);
    for (std::size_t i = 0; i < depth_; ++i) {
      const auto& level = levels_[i];
      if (level.is_array) {
        Path::append_element(problem_path_, level.elements - 1);
      } else {
        Path::append_member(problem_path_, level.key);
      }
    }
    ec = json::error::syntax;  // any error stops the parser; problem() has the text
    return false;
  }

  json::value_stack stack_;
  std::vector<Level> levels_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
  std::string partial_key_;
  std::string problem_;
  std::string problem_path_;
};

Error path_error(std::string path, std::string_view what) {
  auto message = fmt::format("the manifest is invalid: {} {}", path, what);
  return Error(Code::kManifestInvalid, std::move(message)).with("path", std::move(path));
}

}  // namespace

void Path::append_member(std::string& out, std::string_view key) {
  if (!is_plain_word(key)) {
    out += fmt::format("[{}]", shown(key));
  } else {
    if (!out.empty()) out += '.';
    out += key;
  }
}

void Path::append_element(std::string& out, std::size_t index) {
  out += fmt::format("[{}]", index);
}

void Path::append_to(std::string& out) const {
  if (parent_ == nullptr) return;
  parent_->append_to(out);
  if (key_.data() == nullptr) {
    append_element(out, index_);
  } else {
    append_member(out, key_);
  }
}

std::string Path::text() const {
  std::string out;
  append_to(out);
  return out.empty() ? "the document" : out;
}

tl::unexpected<Error> invalid_at(const Path& path, std::string_view what) {
  return fail(path_error(path.text(), what));
}

Result<json::value> parse_manifest_json(std::string_view bytes, std::size_t max_depth) {
  json::parse_options options;  // strict by default: no comments, no trailing commas, valid UTF-8
  options.max_depth = max_depth;
  json::basic_parser<Builder> parser(options);
  json::error_code ec;
  const auto read = parser.write_some(false, bytes.data(), bytes.size(), ec);
  if (!parser.handler().problem().empty()) {
    return fail(path_error(parser.handler().problem_path(), parser.handler().problem()));
  }
  if (ec == json::error::too_deep) {
    return fail(Code::kManifestInvalid,
                fmt::format("the manifest is nested deeper than {} levels, the most that is "
                            "accepted",
                            max_depth));
  }
  if (!ec && read < bytes.size()) ec = json::error::extra_data;
  if (ec) {
    return fail(Code::kManifestInvalid,
                fmt::format("the manifest is not valid JSON: {} at byte {} of {}", ec.message(),
                            read, bytes.size()));
  }
  return parser.handler().release();
}

}  // namespace berth::oci
