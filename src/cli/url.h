// The little of URLs that the command line needs: where an http(s) URL leads, and texts as parts of
// one (RFC 3986). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::cli {

struct Url {
  std::string scheme;  // http or https
  std::string host;    // lower case; IPv6 with its brackets
  std::string port;    // digits; empty: the scheme's own
  std::string target;  // path and query, "/" at least

  std::string authority() const { return port.empty() ? host : host + ":" + port; }
  std::string origin() const { return scheme + "://" + authority(); }
  // Of this machine: what plain HTTP may be spoken to.
  bool loopback() const;
  // The host without its first label: the domain of a face or of a registry.
  std::string domain() const;
};

// nullopt: not http or https, or with a user name, or without a host. A text without a scheme is
// taken as a host of docker's kind: plain HTTP on this machine, else https.
std::optional<Url> parse_url(std::string_view text);

// Hosts that one server answers for: the same one, or two below the same domain. Credentials for
// the one may be shown to the other.
bool same_server(const Url& one, const Url& other);

// Everything but unreserved characters as %XX.
std::string percent_encoded(std::string_view text);
// "a=b&c=d" of pairs, encoded: a query or a form.
struct Field {
  std::string name;
  std::string value;
};
std::string form_of(const std::vector<Field>& fields);

}  // namespace berth::cli
