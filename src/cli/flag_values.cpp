#include "cli/flag_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "cli/api_error.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

Error refusal(const Invocation& call, const std::string& flag, std::string_view must_be) {
  return wrong_usage(fmt::format("{}: {} is {}; it must be {}", call.path, flag,
                                 server::in_quotes(call.value(flag)), must_be));
}

}  // namespace

Result<std::chrono::milliseconds> duration_of(const Invocation& call, const std::string& flag,
                                              std::string_view such_as,
                                              std::chrono::milliseconds least) {
  const auto time = server::parse_duration(call.value(flag));
  if (time && *time >= least) return *time;
  return fail(refusal(call, flag, fmt::format("a time such as {}", such_as)));
}

Result<IpAddress> address_of(const Invocation& call, const std::string& flag,
                             std::string_view such_as) {
  const auto address = IpAddress::parse(call.value(flag));
  if (address) return *address;
  return fail(refusal(call, flag, fmt::format("an IP address such as {}", such_as)));
}

bool is_utc_time(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  constexpr std::size_t kMostOfFraction = 9;
  if (text.size() <= kShape.size() || !text.ends_with('Z')) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? !is_digit(text[i]) : text[i] != kShape[i]) return false;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    return static_cast<unsigned>(server::parse_number(text.substr(at, digits)).value_or(0));
  };
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(number(5, 2)),
                                        std::chrono::day(number(8, 2))};
  if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60) return false;
  std::string_view rest = text.substr(kShape.size());
  rest.remove_suffix(1);
  if (rest.empty()) return true;
  return rest.front() == '.' && rest.size() > 1 && rest.size() <= kMostOfFraction + 1 &&
         std::ranges::all_of(rest.substr(1), is_digit);
}

}  // namespace berth::cli
