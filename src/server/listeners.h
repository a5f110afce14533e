// Opens every configured listener and the server's own socket.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/server.h"
#include "net/tls_context.h"
#include "server/wiring.h"

namespace berth::server {

struct OpenListeners {
  std::vector<std::string> addresses;  // "http://localhost:5000", …: for people and scripts
  // Of tls.listen, if there is one, and of each [[listener]]: the same certificate, and each its
  // own authorities of clients.
  std::vector<std::shared_ptr<net::TlsContext>> tls;
};

// Either all are open or an Error names the one that could not be.
Result<OpenListeners> open_listeners(const Config& config, Wiring& wiring, http::Server& server);

}  // namespace berth::server
