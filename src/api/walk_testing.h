// A registry with something in it behind the data plane, for tests that walk its routes: seen by
// "stranger", whose token knows other repositories, and by "everybody", whose token may do all.
// Test programs only.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "access/access_fixture.h"
#include "api/data_plane.h"
#include "api/login_testing.h"
#include "api/registry_tokens.h"
#include "crypto/encoding.h"
#include "registry/registry_fixture.h"

namespace berth::api {

inline constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD",  "POST",
                                                             "PUT", "PATCH", "DELETE"};

class PermissionWalk : public registry::RegistryFixture {
 protected:
  PermissionWalk() {
    EXPECT_TRUE(registry::wait_for(keys_.load()));
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
    upload_ = registry::wait_for(uploads_->start(push(kThere), oci::Algorithm::kSha256)).value();
  }
  void set_network(const policy::NetworkRules& rules) {
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::RegistryPolicy registry = *snapshot.registries.find("default");
      registry.network = std::make_shared<const policy::Network>(rules);
      snapshot.registries.set("default", std::move(registry));
    });
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
  // `user`: with this name and the password "password"; empty: nobody.
  http::Response ask(std::string_view method, const std::string& target, const std::string& user) {
    FakeExchange exchange(std::string(method), target, "{}");
    exchange.with("Host", "default.berth.test").with("Content-Type", "application/json");
    exchange.on_listener(listener_);
    if (!user.empty()) {
      exchange.with("Authorization", "Basic " + crypto::base64(user + ":password"));
    }
    return registry::wait_for(face_.handle(exchange));
  }
  // All methods that a row answers.
  static std::vector<std::string_view> methods_of(const Route& row) {
    if (row.method == http::Method::kGet) return {"GET", "HEAD"};
    return {kMethods.at(static_cast<std::size_t>(row.method))};
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
  const access::DataLinks links_{keys_, clock_};
  LinkWatch watch_;
  DataPlane face_{{tls_gate_, authenticator_, sign_in_},
                  {*blobs_, *uploads_, *manifests_, *catalog_},
                  log_,
                  {},
                  {links_, watch_, faces_, clock_}};
  std::string listener_;  // that requests arrive on
  std::string layer_, image_, upload_;
};

}  // namespace berth::api
