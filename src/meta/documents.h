// Documents: everything that people create and configure (registries, tokens, users, keys, role
// assignments), as JSON text under (kind, id). Those who own a kind keep it in memory; this is the
// truth that they load at start and write through.
//
// Contract: change() is one transaction, durable when its Task completes. A version counts the
// changes of one document, from 1. Safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "meta/records.h"

namespace berth::meta {

struct Document {
  std::string kind, id;
  std::string body;  // JSON text
  std::int64_t version = 0;
  TimePoint created{}, updated{};
};

struct DocumentChange {
  std::string kind, id;
  std::optional<std::string> body;  // none: remove
  // What the document must be now: 0 is "not there", n is that version; none: whatever it is.
  std::optional<std::int64_t> expected;
};

// Who changed what: one row of the activity log.
struct Activity {
  TimePoint at{};
  std::string actor;          // principal id
  std::string actor_name;     // as a person reads it
  std::string operation;      // "Microsoft.ContainerRegistry/registries/write"
  std::string target;         // resource id
  std::string before, after;  // JSON without secrets; empty: did not exist
  std::string correlation_id, client;
};

class Documents {
 public:
  virtual ~Documents() = default;
  // Documents of a kind in id order after `after`.
  virtual Task<Result<Page<Document>>> documents(const std::string& kind, const std::string& after,
                                                 std::size_t limit) = 0;
  // All or nothing. kPreconditionFailed, with details "kind" and "id", when an `expected` does not
  // hold. Returns the time of the change.
  virtual Task<Result<TimePoint>> change(const std::vector<DocumentChange>& changes,
                                         const std::vector<Activity>& activities) = 0;
  // The newest first; `target_prefix` empty: all. `before_row` 0: from the newest.
  struct ActivityRow {
    std::int64_t row = 0;
    Activity activity;
  };
  virtual Task<Result<std::vector<ActivityRow>>> activities(const std::string& target_prefix,
                                                            std::int64_t before_row,
                                                            std::size_t limit) = 0;
};

}  // namespace berth::meta
