#include "cli/flag_values.h"

#include <fmt/format.h>

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

}  // namespace berth::cli
