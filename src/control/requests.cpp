#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"
#include "control/type.h"

namespace berth::control {
namespace {

constexpr std::size_t kRemovedAtOnce = 1000;

// RFC 9110 §13.1: "*" or a list of entity tags.
bool names_tag(std::string_view header, const ResourcePtr& resource) {
  if (resource == nullptr) return false;
  return header == "*" || header.find(resource->etag()) != std::string_view::npos;
}

Result<void> check_conditions(const std::optional<std::string>& if_match,
                              const std::optional<std::string>& if_none_match,
                              const ResourcePtr& before) {
  const bool wrong = (if_match && !names_tag(*if_match, before)) ||
                     (if_none_match && names_tag(*if_none_match, before));
  if (!wrong) return {};
  return fail(Error(Code::kPreconditionFailed,
                    before ? "The condition of the request (If-Match, If-None-Match) does not "
                             "hold: the resource's ETag is " +
                                 before->etag() + "."
                           : "The condition of the request (If-Match) does not hold: the resource "
                             "does not exist."));
}

std::vector<Claims::Wanted> claims_of(const ResourceType& type, const ResourceId& id) {
  std::vector<Claims::Wanted> wanted = {{type.home_of(id).key(), true}};
  for (const ResourceId& above : id.ancestors()) wanted.push_back({above.key(), false});
  return wanted;
}

ResourcePtr find_built_in(const World& world, const ResourceType& type, const ResourceId& id) {
  if (type.built_in_at != nullptr) return type.built_in_at(world, id);
  if (type.built_in == nullptr) return nullptr;
  for (const ResourcePtr& one : type.built_in(world, id.parent())) {
    if (equal_no_case(one->id.name(), id.name())) return one;
  }
  return nullptr;
}

Result<void> check_changeable(const World& world, const ResourceType& type, const ResourceId& id) {
  if (find_built_in(world, type, id) == nullptr) return {};
  return fail(conflict("SystemDefinedResource",
                       std::string("'") + std::string(id.name()) +
                           "' is defined by the system; it cannot be changed or deleted."));
}

// The first question of every change, and the last thing that a refused caller learns. What the
// request says is looked at for the caller's conditions only.
Result<void> may_change(const World& world, const Request& request, const ResourceType& type,
                        const ResourceId& id, const json::object& given) {
  const bool removal = request.method == Method::kDelete;
  const std::string operation = type.operation(removal ? "delete" : "write");
  const auto ask = [&](std::string_view what, std::string_view scope,
                       const conditions::Facts* facts, std::optional<std::string_view> named = {}) {
    return world.gate().allow(request.source, request.principal, what, scope, facts, named);
  };
  if (type.delegation == nullptr) {
    TRY(ask(operation, id.key(), nullptr));
  } else {
    const Delegation delegation = type.delegation(world, id, given, request.method);
    const conditions::Facts facts = delegation.facts();
    TRY(ask(operation, id.key(), &facts));
  }
  if (type.also_needs == nullptr || !type.fixed.empty()) return {};
  for (const Needed& needed : type.also_needs(world, id, given, request.method)) {
    const auto named = needed.hidden ? std::optional<std::string_view>(id.key()) : std::nullopt;
    TRY(ask(needed.operation, needed.scope, nullptr, named));
  }
  return {};
}

May may_of(const World& world, const Request& request) {
  return [&](std::string_view operation, std::string_view scope) {
    return world.gate().allows(request.source, request.principal, operation, scope);
  };
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Answer with_tag(Answer answer, const Resource& resource) {
  if (resource.version > 0) answer.etag = resource.etag();
  return answer;
}

void add_removal(const World& world, const ResourceType& type, ResourcePtr gone,
                 std::vector<Write>& writes, std::vector<meta::DocumentChange>& also) {
  if (type.also_on_removal != nullptr) type.also_on_removal(*gone, also);
  if (type.removes_too != nullptr) {
    for (Write& write : type.removes_too(world, *gone)) writes.push_back(std::move(write));
  }
  writes.push_back({.type = &type, .before = std::move(gone), .after = nullptr});
}

// Everything that lies below `id`, the innermost types first, in transactions of bounded size:
// should one fail, the same request goes on where it stopped.
Task<Result<void>> remove_below(World& world, const Actor& actor, const ResourceId& id) {
  const std::string prefix = id.key() + "/";
  const auto types = resource_types();
  for (auto at = types.rbegin(); at != types.rend(); ++at) {
    const ResourceType& type = **at;
    while (true) {
      std::vector<Write> writes;
      std::vector<meta::DocumentChange> also;
      for (ResourcePtr& one : world.table.page(type.name, prefix, {}, kRemovedAtOnce)) {
        add_removal(world, type, std::move(one), writes, also);
      }
      if (writes.empty()) break;
      CO_TRY(co_await commit(world, actor, writes, std::move(also)));
    }
  }
  co_return Result<void>();
}

}  // namespace

Answer json_answer(const json::value& body, unsigned status) {
  return {.status = status, .body = json::serialize(body), .etag = {}};
}

conditions::Facts Delegation::facts() const {
  using enum conditions::Attribute;
  conditions::Facts out;
  const auto set = [&](conditions::Attribute attribute, const std::string& text) {
    if (!text.empty()) out.set(attribute, std::string_view(text));
  };
  set(kGivenRole, given.role);
  set(kGivenPrincipal, given.principal);
  set(kGivenPrincipalType, given.principal_type);
  set(kStoredRole, stored.role);
  set(kStoredPrincipal, stored.principal);
  set(kStoredPrincipalType, stored.principal_type);
  return out;
}

ResourcePtr find_resource(const World& world, const ResourceType& type, const ResourceId& asked) {
  const ResourceId id = type.home_of(asked);
  if (auto stored = world.table.find(type.name, id.key())) return stored;
  return find_built_in(world, type, asked);
}

Result<ResourceId> within_existing(const World& world, const ResourceId& id,
                                   std::string_view operation) {
  ResourceId at;
  for (const ResourceId& above : id.ancestors()) {
    const ResourceType* type = find_type(above.type());
    const ResourcePtr found = type == nullptr ? nullptr : find_resource(world, *type, above);
    if (found == nullptr) {
      const bool scope = above.type() == kSubscriptionType || above.type() == kGroupType;
      return fail(scope ? not_found(above) : parent_not_found(id, operation));
    }
    at = found->id;
  }
  return id.below(at);
}

Result<Answer> read_resource(const World& world, const Request& request, const ResourceType& type,
                             const ResourceId& id) {
  auto allowed =
      world.gate().allow(request.source, request.principal, type.operation("read"), id.key());
  ResourcePtr found = find_resource(world, type, id);
  if (found && type.reachable != nullptr && !type.reachable(world, id, *found)) found = nullptr;
  const bool visible = allowed || (found && type.visible != nullptr &&
                                   type.visible(world, request.principal, *found));
  if (!visible) return fail(std::move(allowed).error());
  if (!found) {
    TRY(within_existing(world, id, type.operation("read")));
    return fail(not_found(id));
  }
  // ARM answers "is it there" without a body and says so.
  if (request.method == Method::kHead) return Answer{.status = 204, .body = {}, .etag = {}};
  return with_tag(json_answer(render(world, type, *found, &id)), *found);
}

Task<Result<Written>> put_resource(World& world, const Put& put) {
  const ResourceType& type = put.type;
  std::vector<Claims::Wanted> wanted = claims_of(type, put.id);
  if (type.claims != nullptr) type.claims(put.id, put.given, wanted);
  CO_TRY_ASSIGN(const Claims::Held held, co_await world.claims.take(std::move(wanted)));

  if (put.still_allowed) CO_TRY(put.still_allowed());
  CO_TRY_ASSIGN(ResourceId id, within_existing(world, put.id, type.operation("write")));
  CO_TRY(check_changeable(world, type, id));
  id = type.home_of(id);
  const ResourcePtr before = world.table.find(type.name, id.key());
  if (put.patch && !before) co_return fail(not_found(id));
  CO_TRY(check_conditions(put.if_match, put.if_none_match, before));
  if (before) id = before->id;
  if (!before && type.check_name != nullptr) CO_TRY(type.check_name(world, id));

  auto after = std::make_shared<Resource>();
  CO_TRY_ASSIGN(after->body, merge(type.schema, before ? &before->body : nullptr, put.given,
                                   put.patch ? Writing::kPatch : Writing::kPut));
  after->id = id;
  Draft draft{after->id, before, after->body, put.given, put.actor, put.may};
  if (type.complete != nullptr) CO_TRY(type.complete(world, draft));
  draft.also.push_back({&type, before, std::move(after)});

  std::vector<Write> writes;
  writes.reserve(draft.also.size());
  for (Draft::Also& one : draft.also) {
    if (one.after) stamp(world, put.actor, one.before.get(), one.after->body);
    writes.push_back(
        {.type = one.type, .before = std::move(one.before), .after = std::move(one.after)});
  }
  CO_TRY_ASSIGN(const auto results, co_await commit(world, put.actor, writes));
  co_return Written{results.back(), !before};
}

Task<Result<ResourcePtr>> amend(World& world, const Actor& actor, const ResourceType& type,
                                const ResourceId& id, std::string operation, Edit edit) {
  CO_TRY_ASSIGN(const Claims::Held held, co_await world.claims.take(claims_of(type, id)));
  CO_TRY(within_existing(world, id, operation));
  const ResourcePtr before = world.table.find(type.name, id.key());
  if (!before) co_return fail(not_found(id));
  auto after = std::make_shared<Resource>(*before);
  CO_TRY(edit(*before, after->body));
  stamp(world, actor, before.get(), after->body);
  std::vector<Write> writes = {{.type = &type,
                                .before = before,
                                .after = std::move(after),
                                .operation = std::move(operation)}};
  CO_TRY_ASSIGN(const auto results, co_await commit(world, actor, writes));
  co_return results.back();
}

Task<Result<Answer>> write_resource(World& world, const Request& request, const ResourceType& type,
                                    const ResourceId& id) {
  const Result<json::object> body = read_object(request.body);
  const Put::Allowed allowed = [&] {
    return may_change(world, request, type, id, body ? *body : json::object());
  };
  CO_TRY(allowed());
  if (!type.fixed.empty()) co_return fail(not_available(type.fixed, id.text()));
  if (!type.needs_no_body && is_blank(request.body)) {
    co_return fail(
        bad_request("InvalidRequestContent",
                    "The request content is empty; send the resource as a JSON object."));
  }
  if (!body) co_return fail(body.error());
  const Actor actor = actor_of(request);
  CO_TRY_ASSIGN(const Written written,
                co_await put_resource(world, {.actor = actor,
                                              .type = type,
                                              .id = id,
                                              .given = *body,
                                              .patch = request.method == Method::kPatch,
                                              .if_match = request.if_match,
                                              .if_none_match = request.if_none_match,
                                              .still_allowed = allowed,
                                              .may = may_of(world, request)}));
  co_return with_tag(json_answer(render(world, type, *written.resource, &id),
                                 written.created ? type.created_status : type.changed_status),
                     *written.resource);
}

Task<Result<Answer>> remove_resource(World& world, const Request& request, const ResourceType& type,
                                     const ResourceId& id) {
  CO_TRY(may_change(world, request, type, id, {}));
  if (!type.fixed.empty()) co_return fail(not_available(type.fixed, id.text()));
  auto wanted = claims_of(type, id);
  if (type.claims != nullptr) type.claims(id, {}, wanted);
  CO_TRY_ASSIGN(const Claims::Held held, co_await world.claims.take(std::move(wanted)));
  // What a condition allowed to remove is not what is there now, if somebody was faster.
  CO_TRY(may_change(world, request, type, id, {}));
  CO_TRY(within_existing(world, id, type.operation("delete")));
  CO_TRY(check_changeable(world, type, id));
  const ResourcePtr before = world.table.find(type.name, type.home_of(id).key());
  CO_TRY(check_conditions(request.if_match, {}, before));
  if (!before && id.type() == kGroupType) co_return fail(not_found(id));
  if (!before) co_return Answer{.status = 204, .body = {}, .etag = {}};
  if (type.check_removal != nullptr) {
    CO_TRY(type.check_removal(world, *before, may_of(world, request)));
  }

  const Actor actor = actor_of(request);
  CO_TRY(co_await remove_below(world, actor, id));
  std::vector<Write> writes;
  std::vector<meta::DocumentChange> also;
  add_removal(world, type, before, writes, also);
  CO_TRY(co_await commit(world, actor, writes, std::move(also)));
  if (!type.shows_removed) co_return Answer{.status = 200, .body = {}, .etag = {}};
  co_return json_answer(render(world, type, *before, &id));
}

}  // namespace berth::control
