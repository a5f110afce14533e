// Types: which attribute, operator and value go together, and what to say when they do not. What
// the parser found in the text becomes an Operand of the program only through here. All errors are
// kInvalidRequest at the token that is wrong.
#pragma once

#include <vector>

#include "base/error.h"
#include "conditions/program.h"
#include "language/token.h"

namespace berth::conditions {

// One side of a comparison, as written. Without an attribute it has at least one literal.
struct WrittenLiteral {
  const language::Token* token = nullptr;
  bool negative = false;  // a minus before an integer
};
struct WrittenOperand {
  const language::Token* first = nullptr;
  const AttributeRow* attribute = nullptr;
  std::vector<WrittenLiteral> literals;
  bool braces = false;
};
struct WrittenOperation {
  const language::Token* at = nullptr;
  const Operator* row = nullptr;
  const Prefix* prefix = nullptr;
};

// `source` is the word after the '@', `name` what stands in brackets.
Result<const AttributeRow*> resolve_attribute(const language::Token& source,
                                              const language::Token& name);
Result<const Operator*> resolve_operator(const language::Token& token, const Prefix* prefix);
Result<const Prefix*> resolve_prefix(const language::Token& token);

enum class Side { kLeft, kRight };
Result<Operand> check_operand(const WrittenOperand& written, const WrittenOperation& operation,
                              Side side, Program& program);

}  // namespace berth::conditions
