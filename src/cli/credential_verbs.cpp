// `berth credential`: the admin user of a registry.
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "cli/arm.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/resource_verbs.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"USERNAME", "username"}, Column{"PASSWORD", "name"},
                                 Column{"VALUE", "value"}};

// {"username","passwords":[{"name","value"}]}; as rows, each with the user's name.
Result<void> show(Job& job, const char* operation, const json::value& body) {
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  auto answer = registry_call(job, "POST", id + "/" + operation, body);
  if (!answer) {
    const bool refused = answer.error().code != Code::kResourceUnknown &&
                         answer.error().code != Code::kDenied &&
                         answer.error().code != Code::kUnauthorized;
    if (!refused) return fail(std::move(answer.error()));
    return fail(with_hint(std::move(answer.error()),
                          "the admin user is off until berth registry "
                          "update REGISTRY --admin-enabled true"));
  }
  if (job.call.json()) {
    print_one(job.call, job.context, *answer, kColumns);
    return {};
  }
  json::array rows;
  for (const json::value& password : array_at(*answer, "passwords")) {
    json::object row{{"username", text_at(*answer, "username")}};
    row["name"] = text_at(password, "name");
    row["value"] = text_at(password, "value");
    rows.push_back(std::move(row));
  }
  print_rows(job.call, job.context, rows, kColumns);
  return {};
}

}  // namespace

Result<void> credential_show(Job& job) {
  return show(job, "listCredentials", json::object{});
}

Result<void> credential_renew(Job& job) {
  const std::string name = job.call.value("--password-name");
  return show(job, "regenerateCredential",
              json::object{{"name", name.empty() ? "password" : name}});
}

}  // namespace berth::cli
