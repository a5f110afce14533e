// Documents in memory, and waiting for a Task: for tests and measurements of what keeps documents.
// One thread. Test programs only.
#pragma once

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "meta/documents.h"

namespace berth::access {

// Runs a Task to its end.
template <class T>
T wait_for(Task<T> task) {
  asio::io_context loop;
  std::optional<T> result;
  const auto body = [&]() -> Task<void> { result.emplace(co_await std::move(task)); };
  asio::co_spawn(asio::make_strand(loop), body(), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  return std::move(*result);
}

// The contract of meta/documents.h, but for durability. `failure` is what every call answers.
class MemoryDocuments final : public meta::Documents {
 public:
  explicit MemoryDocuments(const Clock& clock) : clock_(clock) {}

  Task<Result<meta::Page<meta::Document>>> documents(const std::string& kind,
                                                     const std::string& after,
                                                     std::size_t limit) override {
    if (failure) co_return fail(*failure);
    meta::Page<meta::Document> page;
    for (auto at = all_.upper_bound({kind, after}); at != all_.end(); ++at) {
      if (at->first.first != kind) break;
      page.more = page.items.size() == limit;
      if (page.more) break;
      page.items.push_back(at->second);
    }
    co_return page;
  }
  Task<Result<TimePoint>> change(const std::vector<meta::DocumentChange>& changes,
                                 const std::vector<meta::Activity>& /*activities*/) override {
    if (failure) co_return fail(*failure);
    auto next = all_;
    for (const meta::DocumentChange& change : changes) {
      const auto at = next.find({change.kind, change.id});
      const std::int64_t version = at == next.end() ? 0 : at->second.version;
      if (change.expected && *change.expected != version) {
        co_return fail(Error(Code::kPreconditionFailed, "changed")
                           .with("kind", change.kind)
                           .with("id", change.id));
      }
      if (change.body) {
        next[{change.kind, change.id}] = {change.kind, change.id,    *change.body,
                                          version + 1, clock_.now(), clock_.now()};
      } else {
        next.erase({change.kind, change.id});
      }
    }
    all_ = std::move(next);
    co_return clock_.now();
  }
  Task<Result<std::vector<ActivityRow>>> activities(const std::string& /*target_prefix*/,
                                                    std::int64_t /*before_row*/,
                                                    std::size_t /*limit*/) override {
    co_return std::vector<ActivityRow>();
  }

  std::optional<Error> failure;
  std::size_t count(const std::string& kind) const {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [&](const auto& e) { return e.first.first == kind; }));
  }
  std::map<std::pair<std::string, std::string>, meta::Document>& all() { return all_; }

 private:
  const Clock& clock_;
  std::map<std::pair<std::string, std::string>, meta::Document> all_;
};

}  // namespace berth::access
