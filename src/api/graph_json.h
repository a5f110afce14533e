// The directory's objects as Microsoft Graph v1.0 shows them, and its errors. Never a hash, never a
// secret but in the answer that makes it. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "api/graph_filter.h"
#include "http/exchange.h"
#include "identity/directory.h"

namespace berth::api {

boost::json::object graph_object(const identity::User& user);
boost::json::object graph_object(const identity::Group& group);
boost::json::object graph_object(const identity::Application& application);
boost::json::object graph_object(const identity::ServicePrincipal& sp);
// As a resource of its own; and as the service principal that roles are given to.
boost::json::object graph_object(const identity::ManagedIdentity& identity);
boost::json::object as_service_principal(const identity::ManagedIdentity& identity);
boost::json::object graph_object(const identity::FederatedCredential& credential);
boost::json::object graph_object(const identity::NewSecret& secret);
// With "@odata.type", for lists of several types.
boost::json::object typed_object(const identity::Object& object);

// What a filter may ask of each type.
PropertyValues filter_values(const identity::Object& object);

http::Response graph_json(unsigned status, const boost::json::object& body);
http::Response graph_error(const Error& error, const std::string& correlation_id, TimePoint now);

}  // namespace berth::api
