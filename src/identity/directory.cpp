#include "identity/directory.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "identity/json_text.h"
#include "identity/model_json.h"

namespace berth::identity {
namespace {

constexpr std::size_t kPage = 1000;
constexpr int kRounds = 6;
constexpr std::string_view kTenantKind = "tenant";

std::string localhost_when_empty(std::string domain) {
  return domain.empty() ? std::string("localhost") : std::move(domain);
}

meta::DocumentChange change_of(const Object& object, bool there) {
  meta::DocumentChange change;
  change.kind = kKinds[object.index()];
  change.id = document_id(object);
  if (there) change.body = to_document(object);
  change.expected = entry_of(object).version;
  return change;
}

Error too_many_writers() {
  return Error(Code::kConflict, "Others are changing the same object; try again.")
      .named("Request_ConcurrentChange");
}

}  // namespace

Error unknown_object(std::string_view id) {
  return Error(Code::kResourceUnknown,
               fmt::format("Resource '{}' does not exist or one of its queried reference-property "
                           "objects are not present.",
                           id))
      .named("Request_ResourceNotFound");
}

Directory::Directory(meta::Documents& documents, access::PolicyStore& policy,
                     const access::KeyRing& keys, Passwords& passwords, const Clock& clock,
                     RandomSource& random, DirectoryOptions options)
    : documents_(documents),
      policy_(policy),
      keys_(keys),
      passwords_(passwords),
      clock_(clock),
      random_(random),
      options_{localhost_when_empty(std::move(options.domain)), std::move(options.user_issuers)},
      state_(std::make_shared<const State>()) {}

// Two servers may start for the first time together: the one that comes second reads again.
Task<Result<std::string>> Directory::load_tenant() {
  const std::string kind(kTenantKind);
  for (int round = 0; round < 2; ++round) {
    CO_TRY_ASSIGN(const auto page, co_await documents_.documents(kind, "", 1));
    if (!page.items.empty()) {
      CO_TRY_ASSIGN(const auto body,
                    parse_object(page.items.front().body, "The tenant's document"));
      co_return text_of(body, "id");
    }
    const std::string id = new_id();
    const boost::json::object body{{"id", id}, {"domain", options_.domain}};
    std::vector<meta::DocumentChange> changes{{kind, kind, boost::json::serialize(body), 0}};
    const auto made = co_await documents_.change(changes, {});
    if (made) co_return id;
    if (made.error().code != Code::kPreconditionFailed) co_return fail(made.error());
  }
  co_return fail(Error(Code::kInternal, "The directory cannot be read.").because("no tenant"));
}

Task<Result<void>> Directory::load() {
  State state;
  CO_TRY_ASSIGN(state.tenant, co_await load_tenant());
  for (const std::string_view kind_view : kKinds) {
    const std::string kind(kind_view);
    std::string after;
    while (true) {
      CO_TRY_ASSIGN(const auto page, co_await documents_.documents(kind, after, kPage));
      for (const meta::Document& document : page.items) {
        CO_TRY_ASSIGN(const Object object, from_document(document));
        state.put(object);
      }
      if (!page.more || page.items.empty()) break;
      after = page.items.back().id;
    }
  }
  const auto loaded = std::make_shared<const State>(std::move(state));
  const std::lock_guard lock(publishing_);
  state_.store(loaded);
  policy_.update([&](policy::Snapshot& snapshot) {
    loaded->for_each_id([&](const std::string& id) {
      if (auto record = loaded->policy_record(id, options_.user_issuers)) {
        snapshot.principals.set(id, std::move(*record));
      }
    });
  });
  co_return Result<void>{};
}

meta::Activity Directory::activity(const Actor& actor, std::string_view verb, const Object* before,
                                   const Object* after) const {
  const Object& any = after != nullptr ? *after : *before;
  meta::Activity row;
  row.at = clock_.now();
  row.actor = actor.id;
  row.actor_name = actor.name;
  row.operation = fmt::format("Microsoft.Directory/{}/{}", kCollections[any.index()], verb);
  row.target = fmt::format("/tenants/{}/{}/{}", state()->tenant, kCollections[any.index()],
                           entry_of(any).id);
  if (before != nullptr) row.before = to_record(*before);
  if (after != nullptr) row.after = to_record(*after);
  row.correlation_id = actor.correlation_id;
  row.client = actor.client;
  return row;
}

Task<Result<std::shared_ptr<const State>>> Directory::change(const Actor& actor,
                                                             std::string_view verb, Plan plan) {
  for (int round = 0; round < kRounds; ++round) {
    const auto before = state();
    CO_TRY_ASSIGN(Changes changes, plan(*before));
    std::vector<meta::DocumentChange> writes;
    std::vector<meta::Activity> rows;
    for (const Object& object : changes.put) {
      writes.push_back(change_of(object, true));
      rows.push_back(activity(actor, verb, before->object(entry_of(object).id), &object));
    }
    for (const Object& object : changes.remove) {
      writes.push_back(change_of(object, false));
      rows.push_back(activity(actor, verb, &object, nullptr));
    }
    if (writes.empty()) co_return before;
    const auto done = co_await documents_.change(writes, rows);
    if (done) {
      publish(changes);
      co_return state();
    }
    if (done.error().code != Code::kPreconditionFailed) co_return fail(done.error());
  }
  co_return fail(too_many_writers());
}

void Directory::publish(const Changes& changes) {
  const std::lock_guard lock(publishing_);
  State next = *state_.load();
  std::vector<std::string> affected;
  const auto note = [&](const Object* before, const Object* after) {
    const auto ids = next.affected_by(before, after);
    affected.insert(affected.end(), ids.begin(), ids.end());
  };
  for (const Object& object : changes.put) {
    Object stored = object;
    ++entry_of(stored).version;
    note(next.object(entry_of(stored).id), &stored);
    next.put(stored);
  }
  for (const Object& object : changes.remove) {
    note(&object, nullptr);
    next.remove(object);
  }
  const auto shared = std::make_shared<const State>(std::move(next));
  state_.store(shared);
  policy_.update([&](policy::Snapshot& snapshot) {
    for (const std::string& id : affected) {
      if (auto record = shared->policy_record(id, options_.user_issuers)) {
        snapshot.principals.set(id, std::move(*record));
      } else {
        snapshot.principals.erase(id);
      }
    }
  });
}

}  // namespace berth::identity
