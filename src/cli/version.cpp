// `berth version`. The versions are those that this binary was built with; what the HTTP client
// loaded is asked at run time.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "cli/verbs.h"
#include "client/http_client.h"

namespace berth::cli {
namespace {

struct Library {
  std::string_view name;
  std::string_view version;
};
constexpr Library kLibraries[] = {
    {"boost", BERTH_BOOST_VERSION},   {"openssl", BERTH_OPENSSL_VERSION},
    {"sqlite", BERTH_SQLITE_VERSION}, {"curl", BERTH_CURL_VERSION},
    {"c-ares", BERTH_CARES_VERSION},  {"fmt", BERTH_FMT_VERSION}};
constexpr std::string_view kCompiler = __VERSION__;

}  // namespace

int run_version(const Invocation& call, Context& context) {
  if (call.json()) {
    boost::json::object libraries;
    for (const Library& library : kLibraries) libraries[library.name] = library.version;
    const boost::json::object out{{"version", BERTH_VERSION},
                                  {"compiler", kCompiler},
                                  {"libraries", libraries},
                                  {"httpClient", client::library_versions()}};
    context.out << boost::json::serialize(out) << '\n';
    return kGood;
  }
  context.out << fmt::format("berth {}\ncompiler  {}\n", BERTH_VERSION, kCompiler);
  for (const Library& library : kLibraries) {
    context.out << fmt::format("{:<8}  {}\n", library.name, library.version);
  }
  return kGood;
}

}  // namespace berth::cli
