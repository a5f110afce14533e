// The fields of an OAuth request, as a form or a query carried them. A field may come once (RFC
// 6749 §3.2): two readers of one request must not see two clients. A value; texts are decoded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace berth::identity {

class Form {
 public:
  // False when the name is there already.
  bool add(std::string_view name, std::string_view value) {
    return fields_.try_emplace(std::string(name), value).second;
  }
  // Empty when absent: RFC 6749 §3.1 treats both alike.
  const std::string& get(std::string_view name) const {
    static const std::string kNone;
    const auto at = fields_.find(name);
    return at == fields_.end() ? kNone : at->second;
  }
  const std::map<std::string, std::string, std::less<>>& fields() const { return fields_; }

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

// One request to a sign-in endpoint.
struct OAuthRequest {
  Form form;
  std::string basic_user, basic_password;  // Authorization: Basic, percent-decoded
  std::string address;                     // of the peer, for the throttle
};

}  // namespace berth::identity
