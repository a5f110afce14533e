// Connections to a SQLite file, set up the way the store needs them.
#pragma once

#include <memory>

#include "meta/session.h"
#include "meta/sql_store.h"

namespace berth::meta {

// Creates or checks the file, brings its schema up to date and returns the writing connection.
Result<std::unique_ptr<Session>> open_sqlite_writer(const SqliteOptions& options, TimePoint now);
// A connection that cannot write; the writing one has been opened before.
Result<std::unique_ptr<Session>> open_sqlite_reader(const SqliteOptions& options);

}  // namespace berth::meta
