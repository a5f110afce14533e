// One connection to the database with its statements, each prepared once and kept.
//
// One thread at a time. Inside this folder a failed statement is an SqlError, thrown; Writer and
// Readers, which run all jobs, turn it into an Error before it reaches a caller. After a failure
// the session stays usable. Rows are read to the end: an unfinished SELECT would hold its snapshot.
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "meta/dialect.h"
#include "meta/statements.h"
#include "oci/digest.h"
#include "oci/name.h"

namespace berth::meta {

class SqlError : public std::runtime_error {
 public:
  explicit SqlError(Error failure) : std::runtime_error(failure.cause), error(std::move(failure)) {}
  Error error;
};

// A parameter; text is only read during the call.
class Value {
 public:
  template <class I>
    requires std::is_integral_v<I>
  Value(I number) : value_(static_cast<long long>(number)) {}
  Value(std::string_view text) : value_(text) {}
  Value(const std::string& text) : value_(std::string_view(text)) {}
  Value(const char* text) : value_(std::string_view(text)) {}
  Value(TimePoint time) : value_(static_cast<long long>(to_micros(time))) {}
  Value(const oci::Digest& digest) : Value(digest.text()) {}
  Value(const oci::RepositoryName& name) : Value(name.text()) {}
  Value(const oci::Tag& tag) : Value(tag.text()) {}

  const std::variant<long long, std::string_view>& get() const { return value_; }

 private:
  std::variant<long long, std::string_view> value_;
};
// The parameters of one call, borrowed: write them as {a, b, c} in the call.
class Values {
 public:
  Values() = default;
  Values(std::initializer_list<Value> values) : values_(values.begin(), values.size()) {}
  Values(const std::vector<Value>& values) : values_(values) {}

  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  std::size_t size() const { return values_.size(); }

 private:
  std::span<const Value> values_;
};

// The current row of an answer; columns count from 0. The typed readers throw SqlError (kInternal)
// when what is stored is not what was written.
class Row {
 public:
  virtual ~Row() = default;
  virtual std::int64_t integer(std::size_t column) const = 0;
  virtual const std::string& text(std::size_t column) const = 0;

  std::uint64_t count(std::size_t column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  bool flag(std::size_t column) const { return integer(column) != 0; }
  TimePoint time(std::size_t column) const { return from_micros(integer(column)); }
  oci::Digest digest(std::size_t column) const;
  oci::RepositoryName repository_name(std::size_t column) const;
  oci::Tag tag(std::size_t column) const;
};

class Session {
 public:
  Session(std::unique_ptr<soci::session> connection, const Dialect& dialect);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void execute(Sql id, Values values = Values());

  // Calls `row` with every row. It must not run the same statement again.
  template <class F>
  void each(Sql id, Values values, F row) {
    start(id, values);
    while (const Row* r = next(id)) visit(id, row, *r);
  }
  // Calls `row` with the first row; false when there is none.
  template <class F>
  bool first(Sql id, Values values, F row) {
    bool found = false;
    each(id, values, [&](const Row& r) {
      if (!std::exchange(found, true)) row(r);
    });
    return found;
  }
  bool exists(Sql id, Values values) {
    return first(id, values, [](const Row&) {});
  }

  void begin_write();
  // Ends whatever transaction is open; never throws.
  void rollback() noexcept;
  bool in_transaction();
  // Outside a transaction, for a full disk; never throws, because it may just not help.
  void give_back_space() noexcept;

 private:
  class Prepared;
  Prepared& prepare(Sql id, Values values);
  void start(Sql id, Values values);
  const Row* next(Sql id);
  template <class F>
  void visit(Sql id, F& row, const Row& r) {
    try {
      row(r);
    } catch (...) {
      abandon(id);
      throw;
    }
  }
  void abandon(Sql id) noexcept;      // closes the statement; it is prepared anew when next used
  [[noreturn]] void rethrow(Sql id);  // from a catch clause: abandons and throws SqlError

  const Dialect& dialect_;
  std::unique_ptr<soci::session> connection_;
  std::array<std::unique_ptr<Prepared>, kSqlCount> prepared_;
};

}  // namespace berth::meta
