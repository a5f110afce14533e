// No route without its permission: walks the tables of all faces, and holds them against
// docs/permissions.md. And no refusal that tells whether a repository is there.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "api/login_face.h"
#include "api/walk_testing.h"
#include "control/type.h"
#include "policy/roles.h"

namespace berth::api {
namespace {

using policy::Action;
using policy::PermissionsMode;

// ---- the data plane's table, in the words of docs/permissions.md

const std::map<std::string, std::string> kNeeded = {
    {"GET /v2/", "sign-in"},
    {"GET /v2/_catalog", "catalog"},
    {"POST /v2/{name}/blobs/uploads/", "push"},
    {"GET /v2/{name}/blobs/uploads/{reference}", "push"},
    {"PATCH /v2/{name}/blobs/uploads/{reference}", "push"},
    {"PUT /v2/{name}/blobs/uploads/{reference}", "push"},
    {"DELETE /v2/{name}/blobs/uploads/{reference}", "push"},
    {"GET /v2/{name}/blobs/{reference}", "pull"},
    {"DELETE /v2/{name}/blobs/{reference}", "delete"},
    {"GET /v2/{name}/manifests/{reference}", "pull"},
    {"PUT /v2/{name}/manifests/{reference}", "push"},
    {"DELETE /v2/{name}/manifests/{digest}", "delete"},
    {"DELETE /v2/{name}/manifests/{tag}", "untag"},
    {"GET /v2/{name}/tags/list", "list"},
    {"GET /v2/{name}/referrers/{reference}", "pull"},
    {"GET /acr/v1/_catalog", "catalog"},
    {"GET /acr/v1/{name}/_tags", "list"},
    {"GET /acr/v1/{name}/_tags/{reference}", "list"},
    {"PATCH /acr/v1/{name}/_tags/{reference}", "lock"},
    {"DELETE /acr/v1/{name}/_tags/{reference}", "untag"},
    {"GET /acr/v1/{name}/_manifests", "list"},
    {"GET /acr/v1/{name}/_manifests/{reference}", "list"},
    {"PATCH /acr/v1/{name}/_manifests/{reference}", "lock"},
    {"GET /acr/v1/{name}", "list"},
    {"PATCH /acr/v1/{name}", "lock"},
    {"DELETE /acr/v1/{name}", "delete"},
};
const std::map<std::string, Action> kWords = {
    {"pull", Action::kPull},           {"push", Action::kPush},
    {"delete", Action::kDelete},       {"list", Action::kMetadataRead},
    {"lock", Action::kMetadataWrite},  {"untag", Action::kMetadataDelete},
    {"catalog", Action::kCatalogRead}, {"sign-in", Action::kRegistryRead},
};

// The row of the page for each word: what its two columns of operations say.
using Operations = std::set<std::string>;
struct DocRow {
  std::array<Operations, 2> by_mode;  // in the order of PermissionsMode
  std::array<bool, 2> and_all{};      // "any of these": and what all other rows say
};

// `a/b/c`, `…/b/d` in a cell: the second begins as the one before it, up to what is said anew.
Operations operations_in(const std::string& cell) {
  Operations out;
  std::string last;
  for (std::size_t at = cell.find('`'); at != std::string::npos;) {
    const std::size_t end = cell.find('`', at + 1);
    std::string name = cell.substr(at + 1, end - at - 1);
    if (name.starts_with("MCR/")) {
      name = "Microsoft.ContainerRegistry/registries" + name.substr(3);
    } else if (const std::string rest = "…/"; name.starts_with(rest)) {
      name = name.substr(rest.size());
      name.insert(0, last, 0, last.rfind(name.substr(0, name.find('/') + 1)));
    }
    out.insert(last = name);
    at = cell.find('`', end + 1);
  }
  return out;
}

std::map<std::string, DocRow> page_rows() {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/docs/permissions.md");
  std::map<std::string, DocRow> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| ")) continue;
    std::vector<std::string> cells;
    std::istringstream in(line.substr(1));
    for (std::string cell; std::getline(in, cell, '|');) {
      const auto from = cell.find_first_not_of(' ');
      if (from == std::string::npos) break;
      cells.push_back(cell.substr(from, cell.find_last_not_of(' ') + 1 - from));
    }
    if (cells.size() != 4 || !kWords.contains(cells[1])) continue;
    DocRow& row = rows[cells[1]];
    for (const std::size_t mode : {0U, 1U}) {
      row.by_mode[mode].merge(operations_in(cells[2 + mode]));
      row.and_all[mode] = cells[2 + mode].starts_with("any of these");
    }
  }
  return rows;
}

TEST(PermissionsPage, SaysWhichOperationsGrantEachAction) {
  const auto rows = page_rows();
  for (const auto& [word, action] : kWords) {
    ASSERT_TRUE(rows.contains(word)) << word;
    for (const auto mode : {PermissionsMode::kRegistry, PermissionsMode::kRepository}) {
      const auto at = static_cast<std::size_t>(mode);
      Operations expected = rows.at(word).by_mode[at];
      if (rows.at(word).and_all[at]) {
        for (const auto& row : rows) {
          expected.insert(row.second.by_mode[at].begin(), row.second.by_mode[at].end());
        }
      }
      const auto found = policy::operations_of(action, mode);
      EXPECT_EQ(Operations(found.begin(), found.end()), expected) << word;
    }
  }
}

// ---- the routes, asked by callers who may not

TEST_F(PermissionWalk, EveryRouteOfTheDataPlaneHasItsRow) {
  std::set<Action> used;
  std::set<std::string> seen;
  for (const Route& row : face_.routes()) {
    const std::string name = fmt::format("{} {}", methods_of(row).front(), row.pattern);
    ASSERT_TRUE(kNeeded.contains(name)) << name
                                        << ": say here and in docs/permissions.md what it "
                                           "needs";
    EXPECT_EQ(row.action, kWords.at(kNeeded.at(name))) << name;
    EXPECT_TRUE(seen.insert(name).second) << name;
    used.insert(row.action);
  }
  EXPECT_EQ(seen.size(), kNeeded.size());
  // Maintenance is asked for over the machine's own socket, elsewhere.
  EXPECT_EQ(used.size() + 1, policy::kActionNames.size());
  EXPECT_FALSE(used.contains(Action::kOperate));
}

TEST_F(PermissionWalk, ARefusalDoesNotTellWhatIsThere) {
  for (const Route& row : face_.routes()) {
    if (row.pattern.find("{name}") == std::string_view::npos) continue;
    for (const std::string_view method : methods_of(row)) {
      for (const char* user : {"", "stranger"}) {
        const std::string there = told(method, path_of(row, kThere), user);
        EXPECT_TRUE(there.starts_with("401 ")) << method << " " << row.pattern << ": " << there;
        EXPECT_EQ(there, told(method, path_of(row, kNotThere), user)) << method << row.pattern;
      }
    }
  }
  // Who may look sees the difference: the walk compares what could differ.
  const std::string rest = "/manifests/v1";
  EXPECT_EQ(ask("GET", "/v2/" + std::string(kThere) + rest, "everybody").status, 200U);
  EXPECT_EQ(ask("GET", "/v2/" + std::string(kNotThere) + rest, "everybody").status, 404U);
}

TEST_F(PermissionWalk, AMountDoesNotTellWhatItsSourceHolds) {
  const auto mount = [&](const std::string& target, const std::string& from) {
    return fmt::format("/v2/{}/blobs/uploads/?mount={}&from={}", target, layer_, from);
  };
  const std::string opened = told("POST", mount("mine/app", kThere), "stranger");
  EXPECT_TRUE(opened.starts_with("202 ")) << opened;
  EXPECT_EQ(opened, told("POST", mount("mine/app", kNotThere), "stranger"));
  EXPECT_EQ(ask("POST", mount("other/app", kThere), "everybody").status, 201U);
  // Without the right to push there is not even an upload, wherever it would come from.
  EXPECT_EQ(told("POST", mount(kThere, "mine/app"), "stranger"),
            told("POST", mount(kNotThere, "mine/app"), "stranger"));
}

// ---- the other faces

TEST(ManagementPlane, EveryTypeAndActionNamesItsOperation) {
  for (const control::ResourceType* type : control::resource_types()) {
    EXPECT_TRUE(type->operations.starts_with("Microsoft.")) << type->name;
    for (const char* verb : {"read", "write", "delete"}) {
      EXPECT_EQ(type->operation(verb), fmt::format("{}/{}", type->operations, verb));
    }
  }
  // Open to every good account, because the answer is filtered by what it may see, or holds
  // nothing, or is decided from the question.
  const std::set<std::string_view> open = {
      "Microsoft.ContainerRegistry/operations",
      "Microsoft.ContainerRegistry/registries/explainAccess",
      "Microsoft.Network/operations",
      "Microsoft.Resources/tenants",
      "Microsoft.Resources/subscriptions/locations",
      "Microsoft.Resources/subscriptions/resources",
      "Microsoft.Resources/subscriptions/resourceGroups/resources",
      "Microsoft.Resources/subscriptions/providers",
      "Microsoft.Resources/subscriptions/providers/Microsoft.ContainerRegistry",
      "Microsoft.Resources/subscriptions/providers/Microsoft.Authorization",
      "Microsoft.Resources/subscriptions/providers/Microsoft.Management",
      "Microsoft.Resources/subscriptions/providers/Microsoft.Network",
      "Microsoft.Resources/subscriptions/providers/Microsoft.Resources",
  };
  std::set<std::string_view> found;
  for (const control::Action& action : control::actions()) {
    EXPECT_FALSE(action.methods.empty()) << action.name;
    if (action.operation.empty()) {
      found.insert(action.name);
      continue;
    }
    EXPECT_TRUE(action.operation.starts_with("Microsoft.")) << action.name;
    EXPECT_TRUE(action.operation.ends_with("/action") || action.operation.ends_with("/read"))
        << action.name;
  }
  EXPECT_EQ(found, open);
}

TEST(LoginFace, WhatIsOpenToEverybody) {
  EXPECT_THAT(
      LoginFace::routes(),
      testing::UnorderedElementsAre(
          "GET .well-known/openid-configuration", "GET v2.0/.well-known/openid-configuration",
          "GET discovery/keys", "GET discovery/v2.0/keys", "GET discovery/instance",
          "GET userrealm/", "POST oauth2/token", "POST oauth2/v2.0/token", "POST oauth2/devicecode",
          "POST oauth2/v2.0/devicecode", "GET oauth2/authorize", "POST oauth2/authorize",
          "GET oauth2/v2.0/authorize", "POST oauth2/v2.0/authorize"));
}

}  // namespace
}  // namespace berth::api
