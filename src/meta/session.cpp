#include "meta/session.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <vector>

namespace berth::meta {
namespace {

// A stored text that its type refuses: the database was changed by hand or is damaged.
template <class T>
T stored(Result<T> parsed, std::string_view text) {
  if (parsed) return std::move(*parsed);
  throw SqlError(
      Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning))
          .because(fmt::format("metadata holds '{}': {}", text, parsed.error().message)));
}

}  // namespace

oci::Digest Row::digest(std::size_t column) const {
  return stored(oci::Digest::parse(text(column)), text(column));
}
oci::RepositoryName Row::repository_name(std::size_t column) const {
  return stored(oci::RepositoryName::parse(text(column)), text(column));
}
oci::Tag Row::tag(std::size_t column) const {
  return stored(oci::Tag::parse(text(column)), text(column));
}

// SOCI binds a statement to fixed addresses; the cells are those addresses, for its whole life.
class Session::Prepared final : public Row {
 public:
  Prepared(soci::session& connection, Sql id, Values values)
      : inputs_(values.size()), outputs_(statement(id).columns.size()), statement_(connection) {
    std::size_t i = 0;
    for (const Value& value : values) {
      Cell& cell = inputs_[i++];
      cell.is_text = std::holds_alternative<std::string_view>(value.get());
      if (cell.is_text) {
        statement_.exchange(soci::use(cell.text));
      } else {
        statement_.exchange(soci::use(cell.integer));
      }
    }
    for (i = 0; i < outputs_.size(); ++i) {
      Cell& cell = outputs_[i];
      cell.is_text = statement(id).columns[i] == 't';
      if (cell.is_text) {
        statement_.exchange(soci::into(cell.text));
      } else {
        statement_.exchange(soci::into(cell.integer));
      }
    }
    statement_.alloc();
    statement_.prepare(sql_text(id));
    statement_.define_and_bind();
  }

  void start(Values values) {
    std::size_t i = 0;
    for (const Value& value : values) inputs_.at(i++).set(value);
    // Without columns there is nothing to fetch, and SOCI must step the statement itself.
    statement_.execute(outputs_.empty());
  }
  bool fetch() { return !outputs_.empty() && statement_.fetch(); }

  std::int64_t integer(std::size_t column) const override { return outputs_.at(column).integer; }
  const std::string& text(std::size_t column) const override { return outputs_.at(column).text; }

 private:
  struct Cell {
    bool is_text = false;
    long long integer = 0;
    std::string text;

    void set(const Value& value) {
      if (is_text) {
        text = std::get<std::string_view>(value.get());
      } else {
        integer = std::get<long long>(value.get());
      }
    }
  };

  std::vector<Cell> inputs_, outputs_;  // never resized
  soci::statement statement_;
};

Session::Session(std::unique_ptr<soci::session> connection, const Dialect& dialect)
    : dialect_(dialect), connection_(std::move(connection)) {}

Session::~Session() = default;

Session::Prepared& Session::prepare(Sql id, Values values) {
  auto& slot = prepared_[static_cast<std::size_t>(id)];
  if (!slot) slot = std::make_unique<Prepared>(*connection_, id, values);
  return *slot;
}

void Session::start(Sql id, Values values) {
  try {
    prepare(id, values).start(values);
  } catch (...) {
    rethrow(id);
  }
}

const Row* Session::next(Sql id) {
  Prepared& prepared = *prepared_[static_cast<std::size_t>(id)];
  try {
    return prepared.fetch() ? &prepared : nullptr;
  } catch (...) {
    rethrow(id);
  }
}

void Session::execute(Sql id, Values values) {
  each(id, values, [](const Row&) {});
}

void Session::abandon(Sql id) noexcept {
  prepared_[static_cast<std::size_t>(id)].reset();
}

void Session::rethrow(Sql id) {
  Error error;
  try {
    throw;
  } catch (const SqlError&) {
    abandon(id);
    throw;
  } catch (const std::exception& e) {
    error = dialect_.translate(*connection_, e);
  }
  abandon(id);
  throw SqlError(std::move(error));
}

void Session::begin_write() {
  try {
    *connection_ << dialect_.begin_write();
  } catch (const std::exception& e) {
    throw SqlError(dialect_.translate(*connection_, e));
  }
}

void Session::rollback() noexcept {
  try {
    if (in_transaction()) execute(Sql::kRollback);
  } catch (const SqlError&) {  // NOLINT(bugprone-empty-catch)
    // The next begin fails then, and says so to its own caller.
  }
}

void Session::give_back_space() noexcept {
  try {
    dialect_.give_back_space(*connection_);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
  }
}

bool Session::in_transaction() {
  return dialect_.in_transaction(*connection_);
}

}  // namespace berth::meta
