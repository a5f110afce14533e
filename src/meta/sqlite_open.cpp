#include "meta/sqlite_open.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "meta/migrations.h"

namespace berth::meta {
namespace {

constexpr long long kApplicationId = 0x42525448;  // "BRTH", in the header of the file

// The log is copied into the file at 8 MiB, and shortened to 64 MiB should it ever have grown.
constexpr const char* kWriterSettings[] = {
    "PRAGMA synchronous = FULL",        "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 2000", "PRAGMA journal_size_limit = 67108864",
    "PRAGMA cache_size = -16384",       "PRAGMA temp_store = MEMORY",
};
constexpr const char* kReaderSettings[] = {
    "PRAGMA query_only = ON",
    "PRAGMA cache_size = -8192",
    "PRAGMA temp_store = MEMORY",
};

// SQLite makes the log's directory entry durable, but not that of a new database. The file is
// opened and closed here before SQLite knows it: closing it later would drop SQLite's locks.
Result<void> create_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file && errno != EEXIST) return fail(errno_error(errno, "create", path));
  if (file && ::fsync(file.fd()) != 0) return fail(errno_error(errno, "fsync", path));
  std::string parent = std::filesystem::path(path).parent_path().string();
  if (parent.empty()) parent = ".";
  const File directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.fd()) != 0) {
    return fail(errno_error(errno, "fsync directory", parent));
  }
  return {};
}

long long number(soci::session& session, const std::string& query) {
  long long value = 0;
  session << query, soci::into(value);
  return value;
}

Result<void> claim(soci::session& session, const std::string& path) {
  const long long id = number(session, "PRAGMA application_id");
  if (id == kApplicationId) return {};
  if (id != 0 || number(session, "SELECT COUNT(*) FROM sqlite_master") != 0) {
    return fail(Error(Code::kInvalidRequest,
                      "The metadata file belongs to another program; name a file that does not "
                      "exist yet, or one that Berth made.")
                    .because(path));
  }
  session << fmt::format("PRAGMA application_id = {}", kApplicationId);
  return {};
}

Result<void> use_write_ahead_log(soci::session& session, const std::string& path) {
  std::string mode;
  session << "PRAGMA journal_mode = WAL", soci::into(mode);
  if (mode == "wal") return {};
  return fail(Error(Code::kInvalidRequest,
                    "The metadata file lies on a file system without shared memory (a network "
                    "share?); use a local disk.")
                  .because(fmt::format("{}: journal mode {}", path, mode)));
}

Result<void> prepare_writer(soci::session& session, const SqliteOptions& options, TimePoint now) {
  TRY(claim(session, options.path));
  TRY(use_write_ahead_log(session, options.path));
  for (const char* setting : kWriterSettings) session << setting;
  if (options.max_pages != 0) {
    session << fmt::format("PRAGMA max_page_count = {}", options.max_pages);
  }
  return migrate(session, sqlite_dialect(), now);
}

// Connects and sets up; every exception of the way becomes an Error that names the file.
template <class F>
Result<std::unique_ptr<Session>> connect(const SqliteOptions& options, F set_up) {
  const std::string& path = options.path;
  auto connection = std::make_unique<soci::session>();
  try {
    connection->open(soci::sqlite3, fmt::format("db=\"{}\"", path));
    *connection << fmt::format("PRAGMA busy_timeout = {}", options.lock_wait.count());
    TRY(set_up(*connection));
  } catch (const std::exception& e) {
    if (!connection->is_connected()) {
      return fail(Error(Code::kInternal, "The metadata database cannot be opened.")
                      .because(fmt::format("{}: {}", path, e.what())));
    }
    Error error = sqlite_dialect().translate(*connection, e);
    error.cause = fmt::format("{}: {}", path, error.cause);
    return fail(std::move(error));
  }
  return std::make_unique<Session>(std::move(connection), sqlite_dialect());
}

}  // namespace

Result<std::unique_ptr<Session>> open_sqlite_writer(const SqliteOptions& options, TimePoint now) {
  // SOCI takes the path inside quotes and knows no escape for one.
  if (options.path.empty() || options.path.find('"') != std::string::npos) {
    return fail(Code::kInvalidRequest,
                "The path of the metadata file must not be empty or hold a double quote.");
  }
  TRY(create_file(options.path));
  return connect(options,
                 [&](soci::session& session) { return prepare_writer(session, options, now); });
}

Result<std::unique_ptr<Session>> open_sqlite_reader(const SqliteOptions& options) {
  return connect(options, [](soci::session& session) -> Result<void> {
    for (const char* setting : kReaderSettings) session << setting;
    return {};
  });
}

}  // namespace berth::meta
