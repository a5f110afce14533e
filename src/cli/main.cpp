// The one binary.
#include <unistd.h>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/engine.h"

namespace {

berth::server::TextMap environment() {
  berth::server::TextMap out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    berth::cli::Context context{std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1, environment(),
                                berth::cli::make_engine()};
    const int code = berth::cli::run({argv + 1, argv + argc}, context);
    // An answer that did not arrive, on a full disk for instance, is no success.
    std::cout.flush();
    return std::cout ? code : berth::cli::kCannot;
  } catch (const std::exception& error) {
    std::cerr << "berth: internal error: " << error.what() << '\n';
    return berth::cli::kCannot;
  }
}
