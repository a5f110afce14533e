// The few things in which SQL engines differ; everything else in this folder is portable SQL.
//
// Stateless and safe from any thread. An engine is one implementation of this interface and one
// open_… function; it passes meta/metadata_store_contract.h.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "base/error.h"

namespace soci {
class session;
}

namespace berth::meta {

class Dialect {
 public:
  virtual ~Dialect() = default;
  // Replaces $ID (a generated 64-bit key) and $TEXT (text that compares by bytes) in a migration.
  virtual std::string expand(std::string_view ddl) const = 0;
  // Opens a transaction that will write; it waits here, not later, for other writers.
  virtual std::string_view begin_write() const = 0;
  // What a failed statement means to the caller; the engine's own text goes to `cause` only.
  virtual Error translate(soci::session& session, const std::exception& failure) const = 0;
  // Gives back what the engine's log holds of the disk, where that is this process's business.
  virtual void give_back_space(soci::session& session) const = 0;
  // False after a failure that made the engine roll the whole transaction back by itself.
  virtual bool in_transaction(soci::session& session) const = 0;
};

const Dialect& sqlite_dialect();

}  // namespace berth::meta
