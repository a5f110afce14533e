// The links to data endpoints that were given lately, and whether anybody came for them
// (docs/network.md §6): how the server notices that a client cannot reach the data host. Bounded:
// the oldest are forgotten. Safe from any thread; one mutex, held for a map operation.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace berth::api {

class LinkWatch {
 public:
  // So long a link may go unused: machines behind one NAT, and the threads of one client, ask for
  // the same blob side by side, and one that gives up at the first failed layer leaves other links
  // unused that it would have followed within a moment.
  static constexpr std::chrono::seconds kPatience{5};

  explicit LinkWatch(std::size_t entries = 16'384) : limit_(entries) {}

  // What a data endpoint can tell of a request: it knows no identity.
  struct Blob {
    std::string registry;  // storage key
    std::string repository, digest;
    std::string client;  // policy::caller_key
    bool operator==(const Blob&) const = default;
  };
  enum class Seen {
    kFirst,      // no link was given before, or just now, or it was used, or has ended
    kUnreached,  // a link that is still good was not used for kPatience
    kAgain,      // the same, and that was said before
  };
  // A link is about to be given. `asker`: who asks for which part; parts of one blob are fetched
  // side by side, and that is no sign of anything. Only its hash is kept: a client chooses it.
  Seen given(Blob blob, std::string_view asker, TimePoint end, TimePoint now);
  // The data endpoint serves the blob. Whether kUnreached had been said of it.
  bool fetched(const Blob& blob);

 private:
  static constexpr std::size_t kAskers = 32;  // of one blob at one address
  struct Asker {
    std::size_t name = 0;
    TimePoint first{}, end{};  // of the first link that was not used
    bool said = false;
  };
  struct Hash {
    std::size_t operator()(const Blob& blob) const;
  };
  struct Entry {
    std::vector<Asker> askers;
    std::list<const Blob*>::iterator place;
  };

  const std::size_t limit_;
  std::mutex mutex_;
  std::unordered_map<Blob, Entry, Hash> entries_;
  std::list<const Blob*> recent_;  // the most recent first; the keys of entries_
};

}  // namespace berth::api
