// Conditions of role assignments. Input: a line that the facts come from, then the condition. The
// facts also take what the condition itself says, so that comparisons come out either way.
#include <array>
#include <string>

#include "check.h"
#include "conditions/condition.h"

namespace {

using namespace berth;
using conditions::Attribute;
using conditions::Condition;
using conditions::Facts;
using conditions::Trace;
using conditions::Truth;

// The first text in quotes of the condition, or all of the line.
std::string_view likely(std::string_view line, std::string_view condition) {
  const auto open = condition.find('\'');
  if (open == std::string_view::npos || line.size() % 2 == 0) return line;
  return condition.substr(open + 1, condition.find('\'', open + 1) - open - 1);
}

// Which attributes there are, and their values, by the bytes of the line.
Facts facts_of(std::string_view line, std::string_view text, const Condition& condition) {
  Facts facts;
  const auto byte = [&](std::size_t i) {
    return line.empty() ? 0U : static_cast<unsigned char>(line[i % line.size()]);
  };
  const auto& actions = condition.action_patterns();
  facts.action = actions.empty() || byte(1) % 2 == 0 ? line : std::string_view(actions.front());
  if (byte(0) % 3 == 0) facts.sub_operation = text;
  const auto values = std::to_array<conditions::Value>(
      {byte(3) % 2 == 0, static_cast<std::int64_t>(byte(4)),
       from_micros(static_cast<std::int64_t>(byte(5) * 7'000'000'000'000ULL)), text, line,
       std::string_view("00000000-0000-0000-0000-000000000001")});
  for (std::size_t i = 0; i < conditions::kAttributeCount; ++i) {
    const auto choice = byte(i + 2) % (values.size() + 1);
    if (choice < values.size()) facts.set(static_cast<Attribute>(i), values[choice]);
  }
  return facts;
}

void check_trace(const Trace& trace) {
  BERTH_CHECK(!trace.text.empty() && trace.note.empty() == !trace.parts.empty());
  for (const auto& part : trace.parts) check_trace(part);
}

void check(const Condition& condition, std::string_view line, std::string_view source) {
  const Facts facts = facts_of(line, likely(line, source), condition);
  BERTH_CHECK(condition.text() == source);
  std::size_t steps = 0;
  const Truth truth = condition.evaluate(facts, steps);
  BERTH_CHECK(steps > 0 && steps <= condition.worst_steps());
  BERTH_CHECK(condition.worst_steps() <= conditions::kMaxSteps);
  BERTH_CHECK(condition.evaluate(facts) == truth);
  const Trace trace = condition.trace(facts);
  BERTH_CHECK(trace.truth == truth);
  check_trace(trace);

  const auto again = Condition::compile(condition.text());
  BERTH_CHECK(again && (*again)->evaluate(facts) == truth);
  BERTH_CHECK((*again)->worst_steps() == condition.worst_steps());
  // Negation exchanges true and false, and leaves unknown alone.
  const auto negated = Condition::compile("NOT(" + condition.text() + ")");
  if (negated) {
    const auto opposite = static_cast<Truth>(2 - static_cast<int>(truth));
    BERTH_CHECK((*negated)->evaluate(facts) == opposite);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [line, source] = fuzz::split_line(fuzz::as_text(data, size));
  const auto condition = Condition::compile(source);
  if (condition) {
    check(**condition, line, source);
    return 0;
  }
  BERTH_CHECK(condition.error().code == Code::kInvalidRequest);
  BERTH_CHECK(condition.error().message.starts_with("line "));
  fuzz::check_error(condition.error());
  return 0;
}
