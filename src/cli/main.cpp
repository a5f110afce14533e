// The one binary.
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/engine.h"
#include "client/resolver.h"

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

bool resolves(const std::string& host) {
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found);
  if (found != nullptr) ::freeaddrinfo(found);
  return error == 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    berth::cli::Context context{std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1, environment(),
                                berth::cli::make_engine()};
    context.input = {&std::cin, ::isatty(STDIN_FILENO) == 1};
    context.resolves = &resolves;
    context.lookup = [](const std::string& host) { return berth::client::resolve({}, host); };
    const int code = berth::cli::run(
        berth::cli::arguments_for(argc > 0 ? argv[0] : "", {argv + std::min(argc, 1), argv + argc}),
        context);
    // An answer that did not arrive, on a full disk for instance, is no success.
    std::cout.flush();
    return std::cout ? code : berth::cli::kCannot;
  } catch (const std::exception& error) {
    std::cerr << "berth: internal error: " << error.what() << '\n';
    return berth::cli::kCannot;
  }
}
