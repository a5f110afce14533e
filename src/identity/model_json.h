// The directory's values as documents and back. A document's id is what must be unique of its kind,
// so that the store itself refuses a second one: a user's principal name, a service principal's
// appId, a managed identity's name; of the others their object id.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/error.h"
#include "identity/model.h"
#include "meta/documents.h"

namespace berth::identity {

// In the order of Object's alternatives.
inline constexpr std::array<std::string_view, 5> kKinds = {"user", "group", "application",
                                                           "servicePrincipal", "managedIdentity"};
// The same in operations and resource ids: "Microsoft.Directory/users/write".
inline constexpr std::array<std::string_view, 5> kCollections = {
    "users", "groups", "applications", "servicePrincipals", "managedIdentities"};

const Entry& entry_of(const Object& object);
Entry& entry_of(Object& object);
std::string document_id(const Object& object);

std::string to_document(const Object& object);
// Without hashes: for the activity log.
std::string to_record(const Object& object);
// kInternal for a kind or body that this program did not write.
Result<Object> from_document(const meta::Document& document);

}  // namespace berth::identity
