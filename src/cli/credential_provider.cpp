// `berth-credential-provider`: the kubelet's plugin for image credentials. The kubelet's pod token,
// when the request has one, is exchanged at the registry; else the machine's own way in is used.
// Kubernetes, credentialprovider.kubelet.k8s.io/v1.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <utility>

#include "cli/ask.h"
#include "cli/json_text.h"
#include "cli/registry_login.h"
#include "cli/signin_verbs.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr const char* kApiVersion = "credentialprovider.kubelet.k8s.io/v1";
constexpr std::size_t kMaxInput = 256UL * 1024;
// A pull that starts with a cached token has this long to finish.
constexpr std::int64_t kMarginSeconds = 600;

// "team1.example.com" of "team1.example.com/app:1"; empty for images of Docker Hub.
std::string server_of(const std::string& image) {
  const std::size_t slash = image.find('/');
  if (slash == std::string::npos) return {};
  std::string first = image.substr(0, slash);
  return first.find_first_of(".:") == std::string::npos && first != "localhost" ? "" : first;
}

Result<json::value> read_request(Context& context) {
  TRY_ASSIGN(const std::string input, read_input(context, kMaxInput));
  TRY_ASSIGN(json::value request, parse_json(input));
  if (text_at(request, "kind") != "CredentialProviderRequest" ||
      text_at(request, "apiVersion") != kApiVersion) {
    return fail(
        Code::kInvalidRequest,
        fmt::format("standard input must be a CredentialProviderRequest of {}", kApiVersion));
  }
  return request;
}

Result<RegistryToken> token_for(const Invocation& call, Context& context,
                                const json::value& request, const std::string& server) {
  const std::string pod = text_at(request, "serviceAccountToken");
  if (!pod.empty()) return exchange(server, "", pod, call.value("--ca-file"));
  TRY_ASSIGN(ApiClient api, ApiClient::open(call, context));
  TRY_ASSIGN(const Place place, place_of(api, server));
  return registry_token(api, place);
}

Result<void> answer(const Invocation& call, Context& context) {
  TRY_ASSIGN(const json::value request, read_request(context));
  const std::string server = server_of(text_at(request, "image"));
  json::object auth;
  std::int64_t seconds = 0;
  if (!server.empty()) {
    TRY_ASSIGN(const RegistryToken token, token_for(call, context, request, server));
    auth[server] = json::object{{"username", kTokenUser}, {"password", token.secret}};
    seconds = std::max<std::int64_t>(0, token.expires_in - kMarginSeconds);
  }
  context.out << json::serialize(json::object{{"apiVersion", kApiVersion},
                                              {"kind", "CredentialProviderResponse"},
                                              {"cacheKeyType", "Registry"},
                                              {"cacheDuration", fmt::format("{}s", seconds)},
                                              {"auth", std::move(auth)}})
              << '\n';
  return {};
}

}  // namespace

int run_credential_provider(const Invocation& call, Context& context) {
  const auto done = answer(call, context);
  if (done) return kGood;
  report(context, done.error());
  return kProblem;
}

}  // namespace berth::cli
