// The few HTML pages of sign-in: plain, without scripts, never framed, never cached. Pure: every
// text that comes from outside is escaped here and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/exchange.h"

namespace berth::api {

std::string html_escaped(std::string_view text);

struct HtmlForm {
  std::string action;  // a path of this server, or the redirect URI of a form_post
  std::vector<std::pair<std::string, std::string>> hidden;
};

class Pages {
 public:
  // `directory` is shown on every page: a person must see where the password goes (L0).
  explicit Pages(std::string directory) : directory_(std::move(directory)) {}

  http::Response message(unsigned status, std::string_view title, std::string_view text) const;
  // Asks for the code that a device shows.
  http::Response device_code(unsigned status, std::string_view problem) const;

  struct SignIn {
    HtmlForm form;
    std::string client_name;  // who asks
    std::string where;        // "for a device at 10.0.0.7"; empty: this browser
    std::string user;         // filled in
    std::string problem;
    bool can_decline = false;
    std::string form_action;  // an origin that the form may lead on to
  };
  http::Response sign_in(unsigned status, const SignIn& page) const;
  // Carries an answer to the client's redirect URI by a button (response_mode=form_post).
  http::Response hand_over(const HtmlForm& form, std::string_view client_name,
                           std::string_view origin) const;

 private:
  http::Response page(unsigned status, std::string_view title, std::string_view body,
                      std::string_view form_action) const;
  const std::string directory_;
};

}  // namespace berth::api
