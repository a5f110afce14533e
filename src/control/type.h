// What a resource type is: a row of data and functions. A new type is one file that makes such a
// row and one line in types.cpp. Everything that types have in common (permission, preconditions,
// writing, lists) is in requests.cpp and lists.cpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conditions/facts.h"
#include "control/arm_error.h"
#include "control/claims.h"
#include "control/filter.h"
#include "control/json_text.h"
#include "control/resource.h"
#include "control/schema.h"
#include "control/world.h"

namespace berth::control {

// A resource about to be written.
struct Draft {
  // Another resource that the same transaction writes or, with `after` null, removes.
  struct Also {
    const ResourceType* type;
    ResourcePtr before;
    std::shared_ptr<Resource> after;
  };

  const ResourceId& id;       // as it will be stored
  const ResourcePtr& before;  // null: it is being made
  json::object& body;         // merged by the schema; what the type completes
  const json::object& given;  // as the client sent it
  const Actor& actor;
  const May& may;  // never empty
  std::vector<Also> also = {};
};

struct Change {
  ResourcePtr before, after;  // null: was not, is no more
  const Resource& either() const { return after ? *after : *before; }
};

// A permission that a write needs besides its own.
struct Needed {
  std::string operation, scope;
  bool hidden = false;  // a refusal names the id that was asked for, not this scope
};

// What conditions of delegation look at (acr-access-model C2): the role assignment that a request
// would write, and the one that is there. An empty text: the request does not have it.
struct Delegation {
  struct Side {
    std::string role, principal, principal_type;
  };
  Side given, stored;
  conditions::Facts facts() const;  // borrows the texts
};

// Which resources a list looks at, in addition to "may the caller read it".
struct Selection {
  std::vector<std::string> prefixes;  // of ids, in order, none within another
  std::function<bool(const Resource&)> keep = {};
};

struct ResourceType {
  std::string_view name;        // "Microsoft.ContainerRegistry/registries/tokens"
  std::string_view operations;  // the same as permissions call it
  Schema schema = {};
  std::string_view fixed = {};  // not empty: clients only read it; names the feature that would not

  // On creation only: what exists may have an older name.
  Result<void> (*check_name)(const World&, const ResourceId&) = nullptr;
  // What a write or removal touches beyond the resource itself: asked with its own permission.
  std::vector<Needed> (*also_needs)(const World&, const ResourceId&, const json::object& given,
                                    Method method) = nullptr;
  // What the conditions of the caller's own assignments may look at when it writes or removes.
  Delegation (*delegation)(const World&, const ResourceId&, const json::object& given,
                           Method method) = nullptr;
  // The id that a resource is kept under, for a type that is reached through every scope; the
  // permission is asked for the id in the request.
  ResourceId (*home)(const ResourceId&) = nullptr;
  // The id that it is shown under when it was reached so, and whether it may be.
  ResourceId (*shown_as)(const ResourceId&) = nullptr;
  bool (*reachable)(const World&, const ResourceId& asked, const Resource&) = nullptr;
  // Further claims of a write or removal, besides the id alone and its ancestors shared.
  void (*claims)(const ResourceId&, const json::object& given,
                 std::vector<Claims::Wanted>&) = nullptr;
  // Validates beyond the schema and adds what the type keeps itself.
  Result<void> (*complete)(const World&, Draft&) = nullptr;
  // From the rendered stored body to what clients see.
  void (*view)(const World&, const Resource&, json::object& out) = nullptr;
  // Resources that exist without a document, in key order.
  std::vector<ResourcePtr> (*built_in)(const World&, const ResourceId& parent) = nullptr;
  // One of them, for a type that has many; without it all are made to find one.
  ResourcePtr (*built_in_at)(const World&, const ResourceId& id) = nullptr;
  Result<Selection> (*select)(const World&, const ResourceId& parent, const Filter&) = nullptr;
  // Which one a list shows first, for clients that take the first one they see.
  bool (*leads)(const Resource&) = nullptr;
  // Whether a caller without the right to read may know of it all the same.
  bool (*visible)(const World&, const policy::Principal&, const Resource&) = nullptr;
  Result<void> (*check_removal)(const World&, const Resource&, const May&) = nullptr;
  void (*also_on_removal)(const Resource&, std::vector<meta::DocumentChange>&) = nullptr;
  // Resources elsewhere that go in the same transaction; what lies below goes by itself.
  std::vector<Write> (*removes_too)(const World&, const Resource&) = nullptr;
  // Puts changes of this type, in id order, into the policy snapshot.
  void (*publish)(const World&, policy::Snapshot&, std::span<const Change>) = nullptr;
  unsigned created_status = 201;
  unsigned changed_status = 200;
  bool needs_no_body = false;  // a write without one says enough
  bool shows_removed = false;  // DELETE answers with what was removed
  // Lists ask once for the scope they are of, not for each entry.
  bool read_at_parent = false;

  std::string operation(std::string_view verb) const {
    return std::string(operations) + "/" + std::string(verb);
  }
  ResourceId home_of(const ResourceId& id) const { return home == nullptr ? id : home(id); }
};

struct ActionCall {
  const Request& request;
  const ResourceId& id;  // what it is asked of: exists, and the caller may
  const json::object& given;
};

// Something to ask of a resource that is not reading or writing it.
struct Action {
  std::string_view name;  // ArmPath::rest
  std::vector<Method> methods;
  std::string_view operation;  // the permission; empty: any good account, the answer is filtered
  Task<Result<Answer>> (*run)(World&, const ActionCall&) = nullptr;
};

// types.cpp: parents before what lies in them, which is the order of loading.
std::span<const ResourceType* const> resource_types();
const ResourceType* find_type(std::string_view name);
const Action* find_action(std::string_view name, Method method);
// All of them, for tests that walk the table.
std::span<const Action> actions();
// The methods of the actions of that name, "GET, POST"; empty: there is none.
std::string action_methods(std::string_view name);

Answer json_answer(const json::value& body, unsigned status = 200);

}  // namespace berth::control
