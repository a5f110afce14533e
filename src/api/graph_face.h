// graph.<domain>: the subset of Microsoft Graph v1.0 that az and the SDKs use (az-acr-wire 8.2),
// and managed identities as an extension of Berth's own. Also on the machine's own socket.
//
// Who: the own socket's Owner, or a bearer token of the directory for the graph's audience. Any
// principal of the directory may read; a change needs the directory's operation
// (Microsoft.Directory/…) and the right to give roles: who could reset any password could become
// anybody, so what Contributor has is not enough. Safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/directory_login.h"
#include "access/gate.h"
#include "api/graph_applications.h"
#include "api/graph_call.h"
#include "api/graph_people.h"
#include "base/clock.h"
#include "base/logger.h"
#include "http/exchange.h"

namespace berth::api {

class GraphFace final : public http::Service {
 public:
  struct Parts {
    const access::Gate& gate;
    identity::Directory& directory;
    access::DirectoryLogin& login;
    const identity::Names& names;
    const Clock& clock;
    Logger& log;
    // Where those rights count: "/", and the subscription that was made at the first start.
    std::vector<std::string> scopes;
  };
  explicit GraphFace(Parts parts);

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

  // `operation` empty: a read. Also for tests that walk the table.
  struct Route {
    http::Method method;
    std::string_view pattern;    // "groups/{id}/members/{second}/$ref"
    std::string_view operation;  // behind "Microsoft.Directory/"
    GraphHandler run;
  };
  const std::vector<Route>& routes() const { return routes_; }

 private:
  Task<Result<http::Response>> dispatch(http::Exchange& exchange);
  Result<const Route*> find(http::Method method, GraphCall& call) const;
  Task<Result<policy::Principal>> who(const http::Exchange& exchange) const;
  Result<void> may(const policy::Source& source, const policy::Principal& caller,
                   const Route& route) const;
  std::vector<Route> people_routes();
  std::vector<Route> application_routes();

  const Parts p_;
  GraphPeople people_;
  GraphApplications applications_;
  std::vector<Route> routes_;
};

}  // namespace berth::api
