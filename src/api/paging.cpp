#include "api/paging.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace berth::api {
namespace {

struct OrderName {
  std::string_view name;
  meta::TimeOrder order;
};
// ACR's `orderby`; az sends it empty on follow-up pages.
constexpr std::array<OrderName, 4> kOrders = {{{"", meta::TimeOrder::kNone},
                                               {"none", meta::TimeOrder::kNone},
                                               {"timeasc", meta::TimeOrder::kAscending},
                                               {"timedesc", meta::TimeOrder::kDescending}}};

}  // namespace

Result<registry::PageRequest> page_of(const Query& query, std::size_t max_entries) {
  registry::PageRequest page;
  page.limit = max_entries;
  if (const auto n = query.get("n")) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(n->data(), n->data() + n->size(), value);
    const bool huge = error == std::errc::result_out_of_range;
    if ((error != std::errc{} && !huge) || end != n->data() + n->size() || n->empty()) {
      return fail(
          Error(Code::kInvalidRequest, "The parameter n must be a number of entries, zero or more.")
              .with("n", std::string(n->substr(0, 32))));
    }
    page.limit = huge ? max_entries : std::min<std::uint64_t>(value, max_entries);
  }
  if (const auto last = query.get("last")) page.after = *last;
  if (const auto order = query.get("orderby")) {
    const auto found = std::find_if(kOrders.begin(), kOrders.end(),
                                    [&](const OrderName& row) { return row.name == *order; });
    if (found == kOrders.end()) {
      return fail(
          Error(Code::kInvalidRequest, "The parameter orderby must be timeasc, timedesc or none.")
              .with("orderby", std::string(order->substr(0, 32))));
    }
    page.order = found->order;
  }
  return page;
}

void add_next_link(http::Response& response, std::string_view path, std::string_view last,
                   const registry::PageRequest& page, std::string_view further) {
  static constexpr std::array<std::string_view, 3> kNames = {"", "timeasc", "timedesc"};
  response.header("Link", fmt::format("<{}?last={}&n={}&orderby={}{}>; rel=\"next\"", path,
                                      encode_query_value(last), page.limit,
                                      kNames[static_cast<std::size_t>(page.order)], further));
}

}  // namespace berth::api
