// Graph: applications and service principals with their credentials.
#pragma once

#include "api/graph_call.h"

namespace berth::api {

class GraphApplications {
 public:
  explicit GraphApplications(identity::Directory& directory) : directory_(directory) {}

  GraphAnswer applications(GraphCall& call);
  GraphAnswer application(GraphCall& call);
  GraphAnswer add_application(GraphCall& call);
  GraphAnswer change_application(GraphCall& call);
  GraphAnswer remove_application(GraphCall& call);

  GraphAnswer service_principals(GraphCall& call);  // managed identities, too
  GraphAnswer service_principal(GraphCall& call);
  GraphAnswer add_service_principal(GraphCall& call);
  GraphAnswer change_service_principal(GraphCall& call);
  GraphAnswer remove_service_principal(GraphCall& call);

  // Of an application or a service principal.
  GraphAnswer add_password(GraphCall& call);
  GraphAnswer remove_password(GraphCall& call);

  GraphAnswer federated(GraphCall& call);
  GraphAnswer federated_one(GraphCall& call);
  GraphAnswer add_federated(GraphCall& call);
  GraphAnswer change_federated(GraphCall& call);
  GraphAnswer remove_federated(GraphCall& call);

 private:
  identity::Directory& directory_;
};

}  // namespace berth::api
