// The control plane as verbs see it: ARM and Graph calls, over the Unix socket of the server on
// this machine (as Owner), or remote with a stored login. Blocking; one thread. Errors are
// api_error's, or those of the connection with a hint; every one is fit to be shown.
//
// Local wins when the socket is there and may be opened, unless --server names a remote one.
// docs/sign-in.md, "Faces".
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/login_store.h"
#include "client/http_client.h"

namespace berth::cli {

// kMachine is the socket's own part, /berth/v1; a remote server has none.
enum class Face { kManagement, kGraph, kMachine };

// What GET /berth/v1/info tells; of a remote server, what its login knows.
struct ServerInfo {
  std::string version;
  std::string domain;  // empty: the server has none
  std::string tenant;
  std::string subscription;
  std::vector<std::string> http_listen;
  std::string port;   // of the faces, as digits; empty: 443
  std::string graph;  // https://graph.DOMAIN
};

class ApiClient {
 public:
  static Result<ApiClient> open(const Invocation& call, const Context& context);

  bool local() const { return !socket_.empty(); }
  const std::string& socket() const { return socket_; }
  const std::string& data() const { return data_; }  // of a local server, absolute
  const ServerInfo& info() const { return info_; }
  const Login& login() const { return login_; }  // of a remote server
  // The one that is meant when none is named; empty when the caller sees none.
  Result<std::string> subscription();
  // The caller's token for the management face; remote only.
  Result<Token> management_token();

  // The body of a 2xx answer; null when it has none. `body` null: no body is sent.
  // `version` not empty: only while the resource has it; kPreconditionFailed when it has another.
  Result<boost::json::value> send(Face face, std::string_view method, const std::string& target,
                                  const boost::json::value& body, const std::string& version = {});
  Result<boost::json::value> get(Face face, const std::string& target);
  // Gives the version, too, for a write that must not undo somebody else's.
  Result<boost::json::value> get(Face face, const std::string& target, std::string& version);
  // Every element of a list, over all of its pages.
  Result<boost::json::array> list(Face face, const std::string& target);

 private:
  explicit ApiClient(const Context& context) : context_(&context) {}
  Result<void> learn_info();
  Result<void> address(Face face, const std::string& target, client::HttpRequest& request);
  Result<Token> token(Token Login::*which, const std::string& resource);
  Result<client::HttpResponse> exchange(Face face, client::HttpRequest& request,
                                        const std::string& target);

  const Context* context_;
  client::HttpClient http_;
  std::string socket_;
  std::string data_;
  ServerInfo info_;
  Login login_;
};

}  // namespace berth::cli
