// A fact that an Error carries, by its key.
#pragma once

#include <string>
#include <string_view>

#include "access/network_refusal.h"
#include "base/error.h"

namespace berth::api {

// The first of that key; null when there is none. Lives as long as the error.
inline const std::string* detail_of(const Error& error, std::string_view key) {
  for (const Detail& fact : error.details) {
    if (fact.key == key) return &fact.value;
  }
  return nullptr;
}

// A refusal by a registry's network rules; its exact code is the rule.
inline bool by_network(const Error& error) {
  return !error.details.empty() && error.details.front().key == access::kClientAddressDetail;
}

}  // namespace berth::api
