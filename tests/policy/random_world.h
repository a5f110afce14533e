// Worlds and questions by chance, from a seed alone: the same seed gives the same world on every
// machine. Names come from small pools so that they meet often. Tests only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/decision.h"
#include "world.h"

namespace berth::permissions {

// splitmix64: distributions of the standard library differ between libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::uint64_t state_;
};

World random_world(Random& random);
ConditionTree random_condition(Random& random);
WorldAssignment random_assignment(Random& random, const World& world);
policy::DenyAssignment random_denial(Random& random, const World& world);

// A question with all that it points to.
struct Question {
  policy::Source source;
  policy::Principal principal;
  TimePoint now;
  // Of images.
  policy::Action action = policy::Action::kPull;
  std::string registry;
  std::optional<oci::RepositoryName> repository;
  // Of the control plane, when `operation` is not empty.
  std::string operation;
  std::string scope;
  std::optional<conditions::Facts> facts;  // texts of the pools, which stay

  bool control() const { return !operation.empty(); }
  policy::AccessRequest access_request() const {
    return {source, principal, action, registry, repository ? &*repository : nullptr, now};
  }
  policy::ControlRequest control_request() const {
    return {source, principal, operation, scope, now, facts ? &*facts : nullptr};
  }
};

Question random_question(Random& random, const World& world);
policy::Decision ask(const policy::Snapshot& snapshot, const Question& question,
                     policy::Trace* trace = nullptr);
std::string to_text(const Question& question);

}  // namespace berth::permissions
