// `berth config check` and `berth config show`, and how every verb gets its configuration.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <ostream>
#include <utility>

#include "cli/verbs.h"
#include "server/config_machine.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

json::array problem_rows(const server::ConfigProblems& problems) {
  json::array rows;
  for (const auto& problem : problems) {
    rows.push_back(json::object{{"where", problem.where}, {"message", problem.message}});
  }
  return rows;
}

std::string name_of(const server::ConfigInput& input) {
  return input.file.value_or("the configuration");
}

json::value json_value(const server::EffectiveValue& value) {
  if (!value.number) return json::string(value.value);
  std::uint64_t number = 0;
  std::from_chars(value.value.data(), value.value.data() + value.value.size(), number);
  return number;
}

}  // namespace

server::ConfigInput config_input(const Invocation& call, const Context& context) {
  server::ConfigInput input;
  input.environment = context.environment;
  if (const auto flag = call.values.find("--config"); flag != call.values.end()) {
    input.file = flag->second;
  } else if (const auto variable = context.environment.find("BERTH_CONFIG");
             variable != context.environment.end() && !variable->second.empty()) {
    input.file = variable->second;
  }
  for (const auto& [name, value] : call.values) {
    const Flag* flag = call.command->flag(name);
    if (flag != nullptr && !flag->config_key.empty()) input.flags[flag->config_key] = value;
  }
  return input;
}

void print_problems(const Invocation& call, Context& context,
                    const server::ConfigProblems& problems) {
  if (call.json()) {
    const json::object answer{{"ok", problems.empty()}, {"problems", problem_rows(problems)}};
    context.out << json::serialize(answer) << '\n';
    return;
  }
  for (const auto& problem : problems) {
    context.err << problem.where << ": " << problem.message << '\n';
  }
}

std::optional<server::LoadedConfig> load_or_explain(const Invocation& call, Context& context) {
  auto loaded = server::load_config(config_input(call, context));
  if (loaded) return std::move(*loaded);
  print_problems(call, context, loaded.error());
  return std::nullopt;
}

int run_config_check(const Invocation& call, Context& context) {
  const server::ConfigInput input = config_input(call, context);
  const auto loaded = server::load_config(input);
  const auto problems = loaded ? server::check_machine(*loaded) : loaded.error();
  print_problems(call, context, problems);
  if (problems.empty()) {
    if (call.json()) return kGood;
    context.out << name_of(input) << " is good\n";
    for (const auto& note : server::notes_on(*loaded)) {
      context.out << fmt::format("note: {}: {}\n", note.where, note.message);
    }
    return kGood;
  }
  // A problem at the file as a whole: nothing of it was seen.
  if (input.file && problems.front().where == *input.file) return kCannot;
  if (!call.json()) {
    context.err << fmt::format("{}: {} problem{}\n", name_of(input), problems.size(),
                               problems.size() == 1 ? "" : "s");
  }
  return kProblem;
}

int run_config_show(const Invocation& call, Context& context) {
  const auto loaded = load_or_explain(call, context);
  if (!loaded) return kUsage;
  std::vector<server::EffectiveValue> rows;
  for (const auto& value : loaded->values) {
    if (call.has("--effective") || !value.is_default) rows.push_back(value);
  }
  if (call.json()) {
    json::array out;
    for (const auto& row : rows) {
      out.push_back(
          json::object{{"key", row.key}, {"value", json_value(row)}, {"origin", row.origin}});
    }
    context.out << json::serialize(out) << '\n';
    return kGood;
  }
  std::size_t keys = 0;
  std::size_t values = 0;
  for (const auto& row : rows) {
    keys = std::max(keys, row.key.size());
    values = std::max(values, std::min<std::size_t>(row.value.size() + 2, 40));
  }
  for (const auto& row : rows) {
    const std::string value = row.number ? row.value : '"' + row.value + '"';
    context.out << fmt::format("{:<{}}  {:<{}}  {}\n", row.key, keys, value, values, row.origin);
  }
  if (rows.empty()) {
    context.out << "Nothing is set; every value is its default. See them with --effective.\n";
  }
  return kGood;
}

}  // namespace berth::cli
