// What `berth login` remembers: logins to remote control planes with their tokens, and the data
// directory of the local server. One JSON file, $XDG_CONFIG_HOME/berth/logins.json (0600). A value:
// read it, change it, write it. Times are seconds since the epoch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"

namespace berth::cli {

struct Token {
  std::string value;
  std::int64_t expires_at = 0;
};

struct Login {
  std::string server;   // https://management.example.com
  std::string ca_file;  // absolute; empty: what the system trusts
  std::string user;     // as it was typed; for people
  std::string client_id;
  std::string tenant;
  std::string subscription;
  std::string token_url;
  std::string management_audience;
  std::string graph;  // https://graph.example.com
  std::string graph_audience;
  std::string refresh_token;  // of users; service principals have none
  Token management_token;
  Token graph_token;
};

struct Logins {
  std::string current;     // Login::server of the last login
  std::string local_data;  // data directory of the server that was last used over its socket
  std::vector<Login> logins;

  Login* find(const std::string& server);
  void put(Login login);  // replaces the one of the same server, and makes it current
  bool remove(const std::string& server);
};

// $XDG_CONFIG_HOME/berth or ~/.config/berth; empty when neither variable is set.
std::string config_directory(const Context& context);

// A file that is not there is empty; one that cannot be understood is an error that names it.
Result<Logins> load_logins(const Context& context);
Result<void> save_logins(const Context& context, const Logins& logins);

}  // namespace berth::cli
