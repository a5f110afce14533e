#include "control/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "base/ascii.h"
#include "control/json_text.h"

namespace berth::control {
namespace {

constexpr std::size_t kMaxTags = 50, kMaxTagName = 512, kMaxTagValue = 256,
                      kMaxListEntries = 10'000;

Error refusal(std::string_view code, std::string_view path, std::string message) {
  return Error(Code::kInvalidRequest, std::move(message))
      .with("target", std::string(path))
      .named(std::string(code));
}
Error wrong_type(std::string_view path, std::string_view wanted) {
  return refusal("InvalidRequestContent", path,
                 fmt::format("The request content is invalid: '{}' must be {}.", path, wanted));
}

std::string join(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

// Around every resource; clients send them back, and nobody looks at them.
constexpr std::array<std::string_view, 5> kEnvelope = {"id", "name", "type", "systemData", "etag"};

// Walks what the client sent: every member must be a row of the table or lead to one.
Result<void> check_known(Schema schema, const json::object& given, const std::string& at) {
  for (const auto& member : given) {
    const std::string_view name(member.key().data(), member.key().size());
    const std::string path = join(at, name);
    if (std::ranges::find(schema, path, &Field::path) != schema.end()) continue;
    if (at.empty() && std::ranges::find(kEnvelope, name) != kEnvelope.end()) continue;
    const bool leads = std::ranges::any_of(schema, [&](const Field& field) {
      return field.path.size() > path.size() && field.path.starts_with(path) &&
             field.path[path.size()] == '.';
    });
    if (!leads) {
      return fail(refusal(
          "InvalidRequestContent", path.substr(0, 256),
          fmt::format("The request content is invalid: could not find member '{}' "
                      "on object of type '{}'. Path '{}'.",
                      name.substr(0, 64), at.empty() ? "resource" : at, path.substr(0, 256))));
    }
    if (member.value().is_null()) continue;
    const auto* inner = member.value().if_object();
    if (inner == nullptr) return fail(wrong_type(path, "an object"));
    TRY(check_known(schema, *inner, path));
  }
  return {};
}

Result<json::value> take_text(const Field& field, std::string_view path, const json::value& sent) {
  if (!sent.is_string()) return fail(wrong_type(path, "a text"));
  if (sent.get_string().size() > field.max_length) {
    return fail(refusal("InvalidPropertyValue", path,
                        fmt::format("'{}' has {} characters; {} are allowed.", path,
                                    sent.get_string().size(), field.max_length)));
  }
  return sent;
}

Result<json::value> take_enum(const Field& field, const json::value& sent) {
  TRY_ASSIGN(const json::value text, take_text(field, field.path, sent));
  const std::string_view wanted = view(text.get_string());
  const auto at =
      std::ranges::find_if(field.values, [&](auto value) { return equal_no_case(value, wanted); });
  if (at != field.values.end()) return json::value(key(*at));
  return fail(refusal("InvalidPropertyValue", field.path,
                      fmt::format("The value '{}' of '{}' is not one of: {}.", wanted.substr(0, 64),
                                  field.path, fmt::join(field.values, ", "))));
}

Result<json::value> take_list(const Field& field, const json::value& sent) {
  const auto* list = sent.if_array();
  if (list == nullptr) return fail(wrong_type(field.path, "an array of texts"));
  if (list->size() > kMaxListEntries) {
    return fail(refusal("InvalidPropertyValue", field.path,
                        fmt::format("'{}' has {} entries; {} are allowed.", field.path,
                                    list->size(), kMaxListEntries)));
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    TRY(take_text(field, fmt::format("{}[{}]", field.path, i), (*list)[i]));
  }
  return sent;
}

// ARM: at most 50 tags, names without < > % & \ ? /, values up to 256 characters.
Result<json::value> take_tags(const Field& field, const json::value& sent) {
  const auto* tags = sent.if_object();
  if (tags == nullptr) return fail(wrong_type(field.path, "an object of texts"));
  if (tags->size() > kMaxTags) {
    return fail(refusal("InvalidTag", field.path,
                        fmt::format("There are {} tags; {} are allowed.", tags->size(), kMaxTags)));
  }
  for (const auto& tag : *tags) {
    const std::string_view name(tag.key().data(), tag.key().size());
    const std::string path = fmt::format("{}.{}", field.path, name.substr(0, 64));
    if (name.empty() || name.size() > kMaxTagName ||
        name.find_first_of("<>%&\\?/") != std::string_view::npos) {
      return fail(refusal("InvalidTagNameCharacters", path,
                          fmt::format("The tag name '{}' must have 1 to {} characters and none of "
                                      "< > % & \\ ? /.",
                                      name.substr(0, 64), kMaxTagName)));
    }
    if (!tag.value().is_string()) return fail(wrong_type(path, "a text"));
    if (tag.value().get_string().size() > kMaxTagValue) {
      return fail(refusal("InvalidTag", path,
                          fmt::format("The value of tag '{}' may have {} characters.",
                                      name.substr(0, 64), kMaxTagValue)));
    }
  }
  return sent;
}

Result<json::value> take(const Field& field, const json::value& sent) {
  switch (field.kind) {
    case Kind::kBool:
      if (sent.is_bool()) return sent;
      return fail(wrong_type(field.path, "true or false"));
    case Kind::kNumber:
      if (sent.is_int64() || sent.is_uint64()) return sent;
      return fail(wrong_type(field.path, "a whole number"));
    case Kind::kText:
      return take_text(field, field.path, sent);
    case Kind::kEnum:
      return take_enum(field, sent);
    case Kind::kTextList:
      return take_list(field, sent);
    case Kind::kTags:
      return take_tags(field, sent);
    case Kind::kAny:
      return sent;
  }
  return sent;
}

std::optional<json::value> initial_of(const Field& field) {
  if (field.initial.empty()) return std::nullopt;
  return json::parse(key(field.initial));
}

// Nothing, said in JSON's ways: clients send an empty object or list where there is none.
bool is_nothing(const json::value& value) {
  return value.is_null() || (value.is_object() && value.get_object().empty()) ||
         (value.is_array() && value.get_array().empty());
}

bool same(const json::value& sent, const json::value* kept) {
  return kept == nullptr ? is_nothing(sent) : sent == *kept;
}

// One row's part of the new body. `kept` is the stored value or null.
class Row {
 public:
  Row(const Field& field, const json::value* kept, json::object& out)
      : field_(field), kept_(kept), out_(out) {}

  Result<void> absent(bool keep) {
    if (kept_ != nullptr && (keep || field_.use != Use::kSettable)) return {};
    return reset();
  }
  Result<void> cleared() {
    if (field_.use == Use::kSettable) return reset();
    return absent(true);
  }
  Result<void> given(const json::value& sent) {
    TRY_ASSIGN(json::value value, take(field_, sent));
    const auto initial = initial_of(field_);
    if (field_.use == Use::kWithoutEffect && !same(value, kept_) &&
        !same(value, initial ? &*initial : nullptr)) {
      return fail(refusal("FeatureNotAvailable", field_.path,
                          fmt::format("{} is not available in this version of Berth: '{}' may only "
                                      "be {}.",
                                      field_.feature, field_.path,
                                      initial ? std::string(field_.initial) : "left out")));
    }
    if (field_.use == Use::kCreateOnly && kept_ != nullptr && !same(value, kept_)) {
      return fail(
          Error(Code::kConflict, fmt::format("Changing property '{}' is not allowed.", field_.path))
              .with("target", std::string(field_.path))
              .named("PropertyChangeNotAllowed"));
    }
    if (is_nothing(value) && !initial && field_.kind == Kind::kAny) return {};
    set_path(out_, field_.path, std::move(value));
    return {};
  }

 private:
  Result<void> reset() {
    if (field_.required) {
      return fail(
          refusal("InvalidRequestContent", field_.path,
                  fmt::format("The request content is invalid: '{}' is required.", field_.path)));
    }
    auto initial = initial_of(field_);
    if (initial) {
      set_path(out_, field_.path, std::move(*initial));
    } else {
      erase_path(out_, field_.path);
    }
    return {};
  }

  const Field& field_;
  const json::value* kept_;
  json::object& out_;
};

// The value sent for a path; a null on the way clears everything below it.
const json::value* sent_at(const json::object& given, std::string_view path) {
  for (auto dot = path.find('.');; dot = path.find('.', dot + 1)) {
    const json::value* found = at_path(given, path.substr(0, dot));
    if (found == nullptr || dot == std::string_view::npos || found->is_null()) return found;
  }
}

}  // namespace

Result<json::object> merge(Schema schema, const json::object* stored, const json::object& given,
                           Writing writing) {
  TRY(check_known(schema, given, ""));
  json::object out = stored == nullptr ? json::object() : *stored;
  for (const Field& field : schema) {
    if (field.use == Use::kReadOnly || field.use == Use::kByType) continue;
    const json::value* kept = stored == nullptr ? nullptr : at_path(*stored, field.path);
    Row row(field, kept, out);
    const json::value* sent = sent_at(given, field.path);
    if (sent == nullptr) {
      TRY(row.absent(field.keeps || writing == Writing::kPatch));
    } else if (sent->is_null()) {
      TRY(row.cleared());
    } else {
      TRY(row.given(*sent));
    }
  }
  return out;
}

}  // namespace berth::control
