#include "control/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "json_read/name_watch.h"

namespace berth::control {
namespace {

struct Limits {
  static constexpr std::size_t max_object_size = kMaxBodyBytes;
  static constexpr std::size_t max_array_size = kMaxBodyBytes;
  static constexpr std::size_t max_key_size = kMaxBodyBytes;
  static constexpr std::size_t max_string_size = kMaxBodyBytes;
};

Error malformed(std::string why) {
  return Error(
             Code::kInvalidRequest,
             fmt::format("The request content was invalid and could not be deserialized: {}", why))
      .named("InvalidRequestContent");
}

json::parse_options options() {
  json::parse_options out;
  out.max_depth = kMaxBodyDepth;
  return out;
}

Result<void> check_members(std::string_view text) {
  json::basic_parser<json_read::NameWatch<Limits>> watch(options());
  json::error_code error;
  const std::size_t end = watch.write_some(false, text.data(), text.size(), error);
  if (!watch.handler().repeated.empty()) {
    return fail(malformed(
        fmt::format("the member '{}' is there twice.", watch.handler().repeated.substr(0, 64))));
  }
  if (!error) return {};
  if (error == json::error::too_deep) {
    return fail(malformed(fmt::format("it is nested deeper than {} levels.", kMaxBodyDepth)));
  }
  return fail(malformed(fmt::format("{} at byte {}.", error.message(), end)));
}

// Splits off the first name of a dotted path.
std::string_view pop_name(std::string_view& path) {
  const std::string_view name = path.substr(0, path.find('.'));
  path.remove_prefix(std::min(path.size(), name.size() + 1));
  return name;
}

}  // namespace

Result<json::object> read_object(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return json::object();
  if (text.size() > kMaxBodyBytes) {
    return fail(
        Error(Code::kTooLarge, fmt::format("The body may have {} bytes here.", kMaxBodyBytes)));
  }
  TRY(check_members(text));
  json::error_code error;
  json::value value = json::parse(key(text), error, {}, options());
  if (error) return fail(malformed(error.message() + "."));
  if (!value.is_object()) return fail(malformed("it must be a JSON object."));
  return std::move(value.get_object());
}

const json::value* at_path(const json::object& object, std::string_view path) {
  const json::object* in = &object;
  while (true) {
    const json::value* found = in->if_contains(key(pop_name(path)));
    if (found == nullptr || path.empty()) return found;
    in = found->if_object();
    if (in == nullptr) return nullptr;
  }
}

json::object& object_at(json::object& object, std::string_view name) {
  json::value& value = object[key(name)];
  if (!value.is_object()) value = json::object();
  return value.get_object();
}

void set_path(json::object& object, std::string_view path, json::value value) {
  json::object* in = &object;
  for (std::string_view name = pop_name(path);; name = pop_name(path)) {
    if (path.empty()) {
      (*in)[key(name)] = std::move(value);
      return;
    }
    in = &object_at(*in, name);
  }
}

void erase_path(json::object& object, std::string_view path) {
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos) {
    object.erase(key(path));
    return;
  }
  // The object that holds the last name is ours to change: `object` is not const.
  auto* holder = const_cast<json::value*>(at_path(object, path.substr(0, dot)));
  if (holder != nullptr && holder->is_object()) {
    holder->get_object().erase(key(path.substr(dot + 1)));
  }
}

std::string_view text_at(const json::object& object, std::string_view path) {
  const json::value* found = at_path(object, path);
  return found != nullptr && found->is_string() ? view(found->get_string()) : std::string_view();
}

bool true_at(const json::object& object, std::string_view path) {
  const json::value* found = at_path(object, path);
  return found != nullptr && found->is_bool() && found->get_bool();
}

const json::array& list_at(const json::object& object, std::string_view path) {
  static const json::array none;
  const json::value* found = at_path(object, path);
  const auto* list = found == nullptr ? nullptr : found->if_array();
  return list == nullptr ? none : *list;
}

}  // namespace berth::control
