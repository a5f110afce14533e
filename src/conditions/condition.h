// Conditions of role assignments, language version 2.0 (acr-access-model C4), compiled once into a
// small tree and evaluated without allocation.
//
// Three truth values: a comparison with an absent attribute is unknown, NOT of unknown is unknown,
// AND and OR are Kleene's. Only true grants: so no negation of a missing attribute opens access.
//
// A Condition is immutable and may be read from any thread. compile() rejects what is longer than
// kMaxBytes, deeper than kMaxDepth, or could take more than kMaxSteps to evaluate: evaluate() is
// bounded by that number, whatever the question.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "conditions/facts.h"

namespace berth::conditions {

inline constexpr std::string_view kVersion = "2.0";
inline constexpr std::size_t kMaxBytes = 4096;
inline constexpr int kMaxDepth = 64;
// A step is one node, one pair of compared values, or one character of a pattern match.
inline constexpr std::size_t kMaxSteps = 20'000;

enum class Truth { kFalse, kUnknown, kTrue };
std::string_view truth_name(Truth truth);  // "false", "unknown", "true"

// How a condition came to its value, part by part: the source text of the part, its truth, for a
// comparison what the attribute was ("repositories:name is 'team-b/app'", "isPrivateLink is
// absent"). Every part is evaluated, also those that the fast path would skip. Texts of parts are
// shortened, with "…", when there are some 24 KB of them.
struct Trace {
  std::string text;
  Truth truth = Truth::kUnknown;
  std::string note;
  std::vector<Trace> parts;
};

class Condition {
 public:
  // kInvalidRequest; the message says the place and what was expected: "line 1, column 14: …".
  static Result<std::shared_ptr<const Condition>> compile(std::string_view text);
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  Truth evaluate(const Facts& facts) const;
  Trace trace(const Facts& facts) const;
  // The most steps that evaluate() can take; ≤ kMaxSteps. And those that one evaluation took.
  std::size_t worst_steps() const;
  Truth evaluate(const Facts& facts, std::size_t& steps) const;

  const std::string& text() const;
  // The patterns of its ActionMatches, in order of appearance: a writer checks that the role has
  // such actions and that they may carry a condition. Empty: it holds for every action.
  const std::vector<std::string>& action_patterns() const;

 private:
  struct Impl;
  explicit Condition(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// The actions that can carry a condition: content and metadata of repositories, and giving and
// taking roles. Compared without case.
bool conditionable(std::string_view action);

}  // namespace berth::conditions
