// libFuzzer: any bytes as a configuration file give either a configuration or a list of problems
// that can be shown. Never a crash, never silence.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  berth::server::ConfigSources sources;
  sources.file = {"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)};
  const auto loaded = berth::server::load_config(sources);
  if (loaded) {
    if (loaded->values.empty()) std::abort();
    return 0;
  }
  if (loaded.error().empty()) std::abort();
  for (const auto& problem : loaded.error()) {
    if (problem.where.empty() || problem.message.empty()) std::abort();
  }
  return 0;
}
