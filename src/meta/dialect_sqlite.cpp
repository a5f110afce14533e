#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <cerrno>
#include <utility>

#include "meta/dialect.h"

namespace berth::meta {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kTypes = {{
    {"$ID", "INTEGER PRIMARY KEY"},
    {"$TEXT", "TEXT"},  // SQLite's default collation is the byte order
}};

sqlite_api::sqlite3* handle(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

// SQLite reports a full disk as SQLITE_FULL from a write and as SQLITE_IOERR from everything else
// (fsync, the shared index of the log); the errno of the call tells what it was.
Code code_of(int result, int system_errno) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return Code::kStorageFull;
    case SQLITE_IOERR:
      return system_errno == ENOSPC || system_errno == EDQUOT ? Code::kStorageFull
                                                              : Code::kInternal;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kUnavailable;  // another process holds the database
    default:
      return Code::kInternal;
  }
}

class SqliteDialect final : public Dialect {
 public:
  std::string expand(std::string_view ddl) const override {
    std::string text(ddl);
    for (const auto& [token, type] : kTypes) {
      for (auto at = text.find(token); at != std::string::npos; at = text.find(token, at)) {
        text.replace(at, token.size(), type);
      }
    }
    return text;
  }

  std::string_view begin_write() const override { return "BEGIN IMMEDIATE"; }

  Error translate(soci::session& session, const std::exception& failure) const override {
    Code code = Code::kInternal;
    std::string cause = failure.what();
    if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&failure)) {
      code = code_of(sqlite->result(), sqlite_api::sqlite3_system_errno(handle(session)));
      cause += " (SQLite result " + std::to_string(sqlite->result()) + ")";
    }
    return Error(code, std::string(code_row(code).meaning)).because(std::move(cause));
  }

  void give_back_space(soci::session& session) const override {
    session << "PRAGMA wal_checkpoint(TRUNCATE)";
  }

  bool in_transaction(soci::session& session) const override {
    return sqlite_api::sqlite3_get_autocommit(handle(session)) == 0;
  }
};

}  // namespace

const Dialect& sqlite_dialect() {
  static const SqliteDialect dialect;
  return dialect;
}

}  // namespace berth::meta
