// What a person's browser does on the sign-in face: /devicelogin and the authorization endpoint.
// There is no session: every sign-in asks for the password, so there is nothing for another site to
// ride on. The forms still carry a token bound to a cookie, so that no other site can make a
// browser sign somebody else in. Safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "access/key_ring.h"
#include "api/login_pages.h"
#include "base/random.h"
#include "http/exchange.h"
#include "identity/authorize.h"
#include "identity/grants.h"

namespace berth::api {

class LoginBrowser {
 public:
  LoginBrowser(identity::Grants& grants, const access::KeyRing& keys, RandomSource& random,
               std::string directory);

  // Errors are pages already; only failures of the server come as errors.
  Task<Result<http::Response>> device_login(http::Exchange& exchange);
  Task<Result<http::Response>> authorize(http::Exchange& exchange);

 private:
  struct Csrf {
    std::string cookie, token;
  };
  Csrf csrf_of(const http::Request& request) const;
  bool csrf_is_good(const http::Request& request, const identity::Form& form) const;
  http::Response device_page(const http::Exchange& exchange, std::string_view user_code,
                             std::string_view user, std::string_view problem, unsigned status);
  Task<Result<http::Response>> device_answer(http::Exchange& exchange, const identity::Form& form);
  http::Response authorize_page(const http::Exchange& exchange, const identity::Form& form,
                                const identity::AuthorizeRequest& request, std::string_view problem,
                                unsigned status) const;
  Task<Result<http::Response>> authorize_answer(http::Exchange& exchange,
                                                const identity::Form& form,
                                                const identity::AuthorizeRequest& request);
  http::Response go(const identity::AuthorizeRequest& request,
                    std::vector<std::pair<std::string, std::string>> fields) const;

  identity::Grants& grants_;
  const access::KeyRing& keys_;
  RandomSource& random_;
  const Pages pages_;
};

}  // namespace berth::api
