#include "conditions/condition.h"

#include <fmt/format.h>

#include "conditions/parser.h"
#include "conditions/program.h"
#include "language/token.h"

namespace berth::conditions {

struct Condition::Impl {
  std::string text;
  Program program;
  std::size_t worst = 0;
  std::vector<std::string> action_patterns;
};

Condition::Condition(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Condition::~Condition() = default;

Result<std::shared_ptr<const Condition>> Condition::compile(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  TRY_ASSIGN(impl->program, parse(text));
  impl->worst = conditions::worst_steps(impl->program);
  if (impl->worst > kMaxSteps) {
    return fail(language::unexpected(
        language::Place{}, fmt::format("a condition of at most {} steps", kMaxSteps),
        fmt::format("one that could take {}: fewer values in {{…}} or shorter texts after a * make "
                    "it cheaper",
                    impl->worst)));
  }
  impl->text = text;
  for (const auto& node : impl->program.nodes) {
    if (node.kind != NodeKind::kAction) continue;
    impl->action_patterns.push_back(impl->program.patterns[node.payload]);
  }
  // The constructor is private: make_shared cannot reach it.
  return std::shared_ptr<const Condition>(new Condition(std::move(impl)));
}

Truth Condition::evaluate(const Facts& facts) const {
  std::size_t steps = 0;
  return run(impl_->program, facts, steps);
}

Truth Condition::evaluate(const Facts& facts, std::size_t& steps) const {
  steps = 0;
  return run(impl_->program, facts, steps);
}

Trace Condition::trace(const Facts& facts) const {
  return conditions::trace(impl_->program, impl_->text, facts);
}

std::size_t Condition::worst_steps() const {
  return impl_->worst;
}

const std::string& Condition::text() const {
  return impl_->text;
}

const std::vector<std::string>& Condition::action_patterns() const {
  return impl_->action_patterns;
}

}  // namespace berth::conditions
