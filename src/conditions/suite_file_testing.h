// The suites in testdata/: paragraphs of a condition and what is expected of it. Lines that begin
// with '#' are comments, a blank line ends a paragraph, lines that begin with "=> " expect. In the
// suites of accepted and evaluated conditions a $word abbreviates an attribute. Tests only.
#pragma once

#include <array>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "conditions/attributes.h"
#include "conditions/condition.h"
#include "conditions/date.h"

namespace berth::conditions {

struct SuiteCase {
  std::string condition;              // its lines, joined by line ends
  std::vector<std::string> expected;  // without the arrow
  int line = 0;                       // where it begins
};

inline std::vector<SuiteCase> read_suite(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no suite " + path);
  std::vector<SuiteCase> cases;
  SuiteCase current;
  int number = 0;
  const auto finish = [&] {
    if (!current.condition.empty()) cases.push_back(std::exchange(current, {}));
  };
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty()) {
      finish();
    } else if (line.starts_with("=> ") || line == "=>") {
      current.expected.push_back(line.substr(3));
    } else if (!line.starts_with("#")) {
      if (current.condition.empty()) current.line = number;
      current.condition += (current.condition.empty() ? "" : "\n") + line;
    }
  }
  finish();
  return cases;
}

// The names of facts in evaluated.txt; with a '$' before it, the attribute that it stands for.
inline constexpr std::array<std::pair<std::string_view, Attribute>, kAttributeCount> kFactNames = {{
    {"name", Attribute::kRepositoryName},
    {"link", Attribute::kPrivateLink},
    {"endpoint", Attribute::kPrivateEndpoint},
    {"subnet", Attribute::kSubnet},
    {"now", Attribute::kNow},
    {"role", Attribute::kGivenRole},
    {"principal", Attribute::kGivenPrincipal},
    {"type", Attribute::kGivenPrincipalType},
    {"old-role", Attribute::kStoredRole},
    {"old-principal", Attribute::kStoredPrincipal},
    {"old-type", Attribute::kStoredPrincipalType},
}};

inline std::string expand(std::string text) {
  const auto replace = [&](const std::string& word, const std::string& by) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
      text.replace(at, word.size(), by);
    }
  };
  replace("$mcr/", "Microsoft.ContainerRegistry/registries/repositories/");
  for (const auto& [name, attribute] : kFactNames) {
    const AttributeRow& row = attribute_row(attribute);
    const auto source = kSourceNames[static_cast<std::size_t>(row.source)];
    replace("$" + std::string(name), "@" + std::string(source) + "[" + std::string(row.name) + "]");
  }
  return text;
}

}  // namespace berth::conditions
