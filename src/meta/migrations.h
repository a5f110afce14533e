// The schema, as numbered steps that are never edited once released: a change is a new step.
//
// migrate() brings a database of any older schema to kSchemaVersion, each step in one transaction,
// and refuses one that a newer Berth wrote. It runs once, before anybody else uses the database.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/error.h"
#include "meta/dialect.h"

namespace berth::meta {

inline constexpr std::int64_t kSchemaVersion = 2;

// kUnavailable with both versions in the message when the database is newer than this program.
Result<void> migrate(soci::session& session, const Dialect& dialect, TimePoint now);

}  // namespace berth::meta
