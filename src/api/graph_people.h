// Graph: users, groups, managed identities, and look-ups by id.
#pragma once

#include "api/graph_call.h"

namespace berth::api {

class GraphPeople {
 public:
  explicit GraphPeople(identity::Directory& directory) : directory_(directory) {}

  GraphAnswer me(GraphCall& call);
  GraphAnswer by_ids(GraphCall& call);
  GraphAnswer object(GraphCall& call);  // of any type

  GraphAnswer users(GraphCall& call);
  GraphAnswer user(GraphCall& call);
  GraphAnswer add_user(GraphCall& call);
  GraphAnswer change_user(GraphCall& call);

  GraphAnswer groups(GraphCall& call);
  GraphAnswer group(GraphCall& call);
  GraphAnswer add_group(GraphCall& call);
  GraphAnswer change_group(GraphCall& call);
  GraphAnswer members(GraphCall& call);
  GraphAnswer add_member(GraphCall& call);
  GraphAnswer remove_member(GraphCall& call);

  GraphAnswer identities(GraphCall& call);
  GraphAnswer identity(GraphCall& call);
  GraphAnswer add_identity(GraphCall& call);
  GraphAnswer change_identity(GraphCall& call);

  // One object of the type that the path names.
  GraphAnswer remove_user(GraphCall& call);
  GraphAnswer remove_group(GraphCall& call);
  GraphAnswer remove_identity(GraphCall& call);

 private:
  template <class T>
  GraphAnswer list(GraphCall& call);
  template <class T>
  GraphAnswer show(GraphCall& call);
  template <class T>
  GraphAnswer remove(GraphCall& call);
  // A user's object id, also when the path has the principal name.
  std::string user_id(const GraphCall& call) const;

  identity::Directory& directory_;
};

}  // namespace berth::api
