#include "crypto/jws.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/shown.h"
#include "crypto/encoding.h"
#include "oci/manifest_json.h"

namespace berth::crypto {
namespace {

namespace json = boost::json;

// A header may carry a JWK or a certificate chain, which are passed over; nothing nests deeper.
constexpr std::size_t kMaxHeaderDepth = 4;

Error malformed(std::string_view what) {
  return {Code::kInvalidRequest, fmt::format("The token is not well-formed: {}.", what)};
}

// Text members of the header that mean something here.
struct HeaderMember {
  std::string_view name;
  std::string Jws::*member;
};
constexpr auto kHeaderMembers = std::to_array<HeaderMember>(
    {{"alg", &Jws::alg}, {"kid", &Jws::kid}, {"typ", &Jws::typ}, {"x5t", &Jws::x5t}});

// Parsed without tolerance: were a name allowed twice, another reader might take the other value.
Result<void> read_header(std::string_view text, Jws& out) {
  auto parsed = oci::parse_manifest_json(text, kMaxHeaderDepth);
  if (!parsed) {
    return fail(malformed("its header is not one JSON object without repeated names")
                    .because(parsed.error().message));
  }
  if (!parsed->is_object()) return fail(malformed("its header is not a JSON object"));
  const json::object& header = parsed->get_object();
  for (const auto& [name, member] : kHeaderMembers) {
    const json::value* value = header.if_contains(name);
    if (value == nullptr) continue;
    if (!value->is_string()) {
      return fail(malformed(fmt::format("{} in its header is not a string", name)));
    }
    (out.*member).assign(value->get_string().data(), value->get_string().size());
  }
  if (out.alg.empty()) return fail(malformed("its header has no alg"));
  // RFC 7515 §4.1.11: whoever does not understand all of it must refuse; no extension is known
  // here.
  if (header.contains("crit"))
    return fail(malformed("its header has crit, which is not supported"));
  return {};
}

}  // namespace

Result<Jws> Jws::parse(std::string_view compact) {
  if (compact.size() > kMaxJwsBytes) {
    return fail(
        malformed(fmt::format("it has {} bytes; {} are the most", compact.size(), kMaxJwsBytes)));
  }
  const std::size_t first = compact.find('.');
  const std::size_t last = compact.rfind('.');
  if (first == std::string_view::npos || first == last || compact.find('.', first + 1) != last) {
    return fail(malformed("three parts joined by '.' are needed"));
  }
  auto header = from_base64url(compact.substr(0, first));
  auto claims = from_base64url(compact.substr(first + 1, last - first - 1));
  auto signature = from_base64url(compact.substr(last + 1));
  if (!header || !claims || !signature) {
    return fail(malformed("a part of it is not base64url without padding"));
  }
  Jws out;
  TRY(read_header(*header, out));
  out.claims = std::move(*claims);
  out.signature = std::move(*signature);
  out.signed_bytes = compact.substr(0, last);
  return out;
}

Result<void> Jws::verify(const VerifyingKey& key) const {
  const auto refuse = [](std::string why) {
    return fail(
        Error(Code::kUnauthorized, "The token's signature is not valid.").because(std::move(why)));
  };
  if (alg != jws_name(key.algorithm())) {
    return refuse(
        fmt::format("alg is {}, the key's algorithm is {}", shown(alg), jws_name(key.algorithm())));
  }
  if (!key.verify(signed_bytes, signature)) {
    return refuse(fmt::format("the signature does not belong to key {}", shown(key.kid())));
  }
  return {};
}

}  // namespace berth::crypto
