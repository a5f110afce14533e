// A compiled condition: a tree in one array, in the order of the text, each node followed by its
// parts. Nothing of it is looked up by name any more. Owned by a Condition, never changed after
// the parser made it; operators are rows of the static table.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "conditions/attributes.h"
#include "conditions/condition.h"
#include "conditions/operators.h"

namespace berth::conditions {

enum class NodeKind : std::uint8_t {
  kAnd,
  kOr,
  kNot,
  kAction,        // payload: of Program::patterns
  kSubOperation,  // payload: of Program::patterns
  kExists,        // payload: an Attribute
  kCompare,       // payload: of Program::comparisons
};

struct Node {
  NodeKind kind;
  std::uint32_t payload = 0;
  std::uint32_t size = 1;   // nodes of this subtree: the next sibling is so far away
  std::uint32_t begin = 0;  // bytes of the source
  std::uint32_t end = 0;
};

// One side of a comparison: an attribute, or the literals [first, first + count).
struct Operand {
  std::optional<Attribute> attribute;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct Comparison {
  const Operator* operation = nullptr;
  const Prefix* prefix = nullptr;  // null: none
  Operand left;
  Operand right;
};

struct Program {
  std::vector<Node> nodes;  // the root is the first
  std::vector<Comparison> comparisons;
  std::vector<std::string> patterns;
  std::vector<Datum> literals;
  std::deque<std::string> texts;  // what the literals point to: elements stay where they are
};

// Actions and sub-operations that are longer match nothing that could be granted: unknown.
inline constexpr std::size_t kMaxActionBytes = 256;

// evaluate.cpp. `steps` grows by what it took.
Truth run(const Program& program, const Facts& facts, std::size_t& steps);
Trace trace(const Program& program, std::string_view source, const Facts& facts);
std::size_t worst_steps(const Program& program);

}  // namespace berth::conditions
