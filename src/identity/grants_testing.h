// Asks the token endpoint as clients do, for the tests of the grants. Test programs only.
#pragma once

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/jws.h"
#include "identity/identity_testing.h"
#include "identity/json_text.h"

namespace berth::identity {

namespace json = boost::json;
using Fields = std::vector<std::pair<std::string, std::string>>;

inline constexpr const char* kArm = "https://management.berth.test//.default";

class GrantsTest : public IdentityFixture {
 protected:
  static OAuthRequest request(const Fields& fields) {
    OAuthRequest out;
    for (const auto& [name, value] : fields) out.form.add(name, value);
    out.address = "10.0.0.1";
    return out;
  }
  Result<json::object> token(const Fields& fields) {
    const OAuthRequest asked = request(fields);
    return wait(grants.token(asked));
  }
  Result<json::object> secret_token(const App& app, const std::string& secret,
                                    const std::string& scope = kArm) {
    return token({{"grant_type", "client_credentials"},
                  {"client_id", app.app_id},
                  {"client_secret", secret},
                  {"scope", scope}});
  }
  Result<json::object> password_token(const std::string& user, const std::string& password) {
    return token({{"grant_type", "password"},
                  {"client_id", std::string(kAzureCli)},
                  {"username", user},
                  {"password", password},
                  {"scope", std::string(kArm) + " offline_access openid profile"}});
  }
  Result<json::object> refresh(const std::string& refresh_token) {
    return token({{"grant_type", "refresh_token"},
                  {"client_id", std::string(kAzureCli)},
                  {"refresh_token", refresh_token},
                  {"scope", "https://containerregistry.azure.net/.default"}});
  }
  Result<policy::Principal> accept(const json::object& answer,
                                   std::vector<std::string> audiences = {
                                       "https://management.berth.test/"}) {
    const std::string text = text_of(answer, "access_token");
    return wait(login.accept_token(text, audiences));
  }
  static json::object claims_of(const std::string& token) {
    return json::parse(crypto::Jws::parse(token)->claims).as_object();
  }
  static std::string number(const Result<json::object>& answer) {
    if (answer) return "";
    for (const Detail& detail : answer.error().details) {
      if (detail.key == "aadsts") return detail.value;
    }
    return answer.error().message;
  }
};

}  // namespace berth::identity
