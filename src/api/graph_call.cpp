#include "api/graph_call.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>

#include "api/graph_filter.h"
#include "identity/checks.h"
#include "identity/model_json.h"

namespace berth::api {
namespace {

constexpr std::size_t kDefaultTop = 100;
constexpr std::size_t kMostTop = 999;

Result<std::size_t> top_of(const Query& query) {
  const auto text = query.get("$top");
  if (!text) return kDefaultTop;
  std::size_t top = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), top);
  if (ec == std::errc() && end == text->data() + text->size() && top >= 1 && top <= kMostTop) {
    return top;
  }
  return fail(identity::bad_property("$top", fmt::format("1 to {}.", kMostTop)));
}

std::string next_link(const GraphCall& call, const std::string& last) {
  std::string link = fmt::format("{}/v1.0/{}?", call.names.graph(), call.path);
  for (const std::string_view name : {"$filter", "$top"}) {
    if (const auto value = call.query.get(name)) {
      link += fmt::format("{}={}&", encode_query_value(name), encode_query_value(*value));
    }
  }
  return link + "%24skiptoken=" + encode_query_value(last);
}

}  // namespace

Task<Result<GraphBody>> GraphCall::body() const {
  CO_TRY_ASSIGN(const std::string text,
                co_await read_body(exchange, GraphBody::kMaxBytes, "The body", ask_again));
  co_return GraphBody::parse(text);
}

Result<http::Response> graph_page(const GraphCall& call,
                                  const std::vector<identity::Object>& objects,
                                  const Shown& shown) {
  TRY_ASSIGN(const std::size_t top, top_of(call.query));
  TRY_ASSIGN(const auto filter, parse_filter(call.query.get("$filter").value_or("")));
  const std::string after(call.query.get("$skiptoken").value_or(""));
  boost::json::array values;
  boost::json::object body;
  std::string last;
  for (const identity::Object& object : objects) {
    const std::string& id = identity::entry_of(object).id;
    if (id <= after) continue;
    TRY_ASSIGN(const bool hit, matches(filter, filter_values(object)));
    if (!hit) continue;
    if (values.size() == top) {
      body["@odata.nextLink"] = next_link(call, last);
      break;
    }
    values.emplace_back(shown(object));
    last = id;
  }
  body["value"] = std::move(values);
  return graph_json(200, body);
}

Result<http::Response> no_content(const Result<void>& done) {
  if (!done) return fail(done.error());
  return http::Response(204);
}

}  // namespace berth::api
