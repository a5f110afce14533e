// No route without its permission: walks the tables of all faces, and holds them against
// docs/permissions.md. And no refusal that tells whether a repository is there.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "access/access_fixture.h"
#include "api/data_plane.h"
#include "api/login_face.h"
#include "api/login_testing.h"
#include "api/registry_tokens.h"
#include "control/type.h"
#include "crypto/encoding.h"
#include "policy/roles.h"
#include "registry/registry_fixture.h"

namespace berth::api {
namespace {

using policy::Action;
using policy::PermissionsMode;
using registry::wait_for;

constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD",  "POST",
                                                      "PUT", "PATCH", "DELETE"};
std::string_view text_of(http::Method method) {
  return kMethods.at(static_cast<std::size_t>(method));
}

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

// ---- a registry with something in it, seen by callers who may not

class PermissionWalk : public registry::RegistryFixture {
 protected:
  PermissionWalk() {
    EXPECT_TRUE(wait_for(keys_.load()));
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::RegistryPolicy registry = *snapshot.registries.find("default");
      for (const auto& [name, below] :
           std::map<std::string, std::string>{{"stranger", "mine/*"}, {"everybody", "*"}}) {
        registry.tokens.set(name, {true, name, {secret(name), std::nullopt}});
        policy::ScopeMap map;
        for (const char* action : {"content/read", "content/write", "content/delete",
                                   "metadata/read", "metadata/write"}) {
          map.rules.push_back({below, action});
        }
        registry.scope_maps.set(name, std::move(map));
      }
      snapshot.registries.set("default", std::move(registry));
    });
    layer_ = push_blob("layer", kThere).text();
    const oci::Digest config = push_blob("{}", kThere);
    image_ =
        put_manifest(image_of(config, {registry::sha256("layer")}), "v1", kThere)->digest.text();
    upload_ = wait_for(uploads_->start(push(kThere), oci::Algorithm::kSha256)).value();
  }
  policy::Secret secret(const std::string& name) const {
    return {name + "-1", keys_.keyed_hash("password"), 0};
  }

  // The path of a row for one repository. What it refers to is there, if the repository is.
  std::string path_of(const Route& row, const std::string& name) const {
    std::string path(row.pattern);
    const auto put = [&](const std::string& part, const std::string& value) {
      if (const auto at = path.find(part); at != std::string::npos) {
        path.replace(at, part.size(), value);
      }
    };
    const bool upload = path.find("uploads/{") != std::string::npos;
    const bool blob = path.find("/blobs/") != std::string::npos;
    const bool by_digest = path.find("_manifests/") != std::string::npos ||
                           path.find("referrers") != std::string::npos;
    put("{name}", name);
    put("{digest}", image_);
    put("{tag}", "v1");
    put("{reference}", upload ? upload_ : blob ? layer_ : by_digest ? image_ : "v1");
    return path;
  }
  http::Response ask(std::string_view method, const std::string& target, const std::string& user) {
    FakeExchange exchange(std::string(method), target, "{}");
    exchange.with("Host", "default.berth.test").with("Content-Type", "application/json");
    if (!user.empty()) {
      exchange.with("Authorization", "Basic " + crypto::base64(user + ":password"));
    }
    return wait_for(face_.handle(exchange));
  }
  // All that a caller gets, with the one repository's name for the other's.
  std::string told(std::string_view method, const std::string& target, const std::string& user) {
    const http::Response response = ask(method, target, user);
    std::string text = fmt::format("{} {}\n", response.status, body_of(response));
    for (const auto& [name, value] : response.headers) text += fmt::format("{}: {}\n", name, value);
    const std::string id = header_of(response, "Docker-Upload-UUID");
    for (const std::string& own : {std::string(kNotThere), id}) {
      for (auto at = text.find(own); !own.empty() && at != std::string::npos; at = text.find(own)) {
        text.replace(at, own.size(), own == id ? "<id>" : kThere);
      }
    }
    return text;
  }

  static constexpr const char* kThere = "team/here";
  static constexpr const char* kNotThere = "team/gone";
  access::MemoryDocuments documents_{clock_};
  access::KeyRing keys_{documents_, clock_, random_};
  access::TokenService tokens_{keys_, clock_, random_};
  access::FakeDirectory directory_;
  access::Throttle throttle_{{}, clock_};
  access::Authenticator authenticator_{tokens_, keys_, directory_, throttle_, clock_};
  const Faces faces_{"berth.test"};
  access::Gate tls_gate_{policy_, "berth.test", clock_};
  RegistryTokens sign_in_{tls_gate_, authenticator_, tokens_, directory_,
                          throttle_, clock_,         faces_,  ""};
  DataPlane face_{{tls_gate_, authenticator_, sign_in_},
                  {*blobs_, *uploads_, *manifests_, *catalog_},
                  log_,
                  {}};
  std::string layer_, image_, upload_;
};

TEST_F(PermissionWalk, EveryRouteOfTheDataPlaneHasItsRow) {
  std::set<Action> used;
  std::set<std::string> seen;
  for (const Route& row : face_.routes()) {
    const std::string name = fmt::format("{} {}", text_of(row.method), row.pattern);
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
    std::vector<std::string_view> methods = {text_of(row.method)};
    if (row.method == http::Method::kGet) methods.push_back("HEAD");
    for (const std::string_view method : methods) {
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
      "Microsoft.Resources/tenants",
      "Microsoft.Resources/subscriptions/locations",
      "Microsoft.Resources/subscriptions/resources",
      "Microsoft.Resources/subscriptions/resourceGroups/resources",
      "Microsoft.Resources/subscriptions/providers",
      "Microsoft.Resources/subscriptions/providers/Microsoft.ContainerRegistry",
      "Microsoft.Resources/subscriptions/providers/Microsoft.Authorization",
      "Microsoft.Resources/subscriptions/providers/Microsoft.Management",
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
