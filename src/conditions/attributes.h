// The attributes that a condition may name, as one table: where they stand, what they are, how long
// their texts can be. acr-access-model C4. Pure.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conditions/facts.h"

namespace berth::conditions {

enum class Source { kRequest, kResource, kPrincipal, kEnvironment };
inline constexpr std::array<std::string_view, 4> kSourceNames = {"Request", "Resource", "Principal",
                                                                 "Environment"};

enum class Type { kBool, kText, kInteger, kDate, kGuid };

struct TypeRow {
  std::string_view name;     // "a date": of an attribute
  std::string_view literal;  // how a value is written
  std::string_view sample_operator;
};
const TypeRow& type_row(Type type);

struct AttributeRow {
  Attribute attribute;
  Source source;
  std::string_view name;  // what stands in brackets; compared without case, as ARM's types are
  Type type;
  std::size_t max_bytes;  // of texts

  // What follows the last '/': "repositories:name".
  std::string_view short_name() const;
};
std::span<const AttributeRow, kAttributeCount> attribute_table();  // in the order of the enum
const AttributeRow& attribute_row(Attribute attribute);
// Null: the source has no such attribute.
const AttributeRow* find_attribute(Source source, std::string_view name);

// A value as operators see it: number for bool, integer and date, text for the others.
struct Datum {
  std::int64_t number = 0;
  std::string_view text;
};
// Empty when absent. What is not of the attribute's type, or longer than the table says, counts as
// absent: it then satisfies no comparison, not even a negated one.
std::optional<Datum> read_fact(const Facts& facts, Attribute attribute);

}  // namespace berth::conditions
