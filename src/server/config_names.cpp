#include "server/config_names.h"

namespace berth::server {

std::string join_names(const std::vector<std::string>& names, std::string_view quote) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out.append(quote).append(name).append(quote);
  }
  return out;
}

}  // namespace berth::server
