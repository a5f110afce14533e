// One request to the Graph face on its way through a handler, and what all handlers need of lists.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/graph_body.h"
#include "api/graph_json.h"
#include "api/read_body.h"
#include "api/uri.h"
#include "http/exchange.h"
#include "identity/directory.h"
#include "identity/names.h"
#include "policy/principal.h"

namespace berth::api {

struct GraphCall {
  http::Exchange& exchange;
  const identity::Names& names;
  policy::Principal caller;
  identity::Actor actor;
  Query query;
  std::string path;        // "users", "groups/<id>/members": behind /v1.0/
  std::string id, second;  // what {id} and {second} of the route stand for
  AskAgain ask_again;      // who it is and whether they may

  Task<Result<GraphBody>> body() const;
};
using GraphAnswer = Task<Result<http::Response>>;
using GraphHandler = std::function<GraphAnswer(GraphCall&)>;

// How an object is shown; typed_object() when a list mixes types.
using Shown = std::function<boost::json::object(const identity::Object&)>;

// The page of `objects`, in id order, that $filter, $top and $skiptoken ask for, with
// "@odata.nextLink" when there is more. $top: 1 to 999, 100 without it.
Result<http::Response> graph_page(const GraphCall& call,
                                  const std::vector<identity::Object>& objects, const Shown& shown);

// 204, or the error.
Result<http::Response> no_content(const Result<void>& done);
template <class T>
Result<http::Response> created(const Result<T>& made) {
  if (!made) return fail(made.error());
  return graph_json(201, graph_object(*made));
}

}  // namespace berth::api
