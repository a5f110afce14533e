#include "cli/credential_files.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "cli/api_error.h"
#include "cli/json_text.h"
#include "cli/private_file.h"
#include "cli/subprocess.h"
#include "crypto/encoding.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

Result<json::object> read(const std::string& path) {
  TRY_ASSIGN(const auto text, read_private(path));
  if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos) return json::object{};
  auto value = parse_json(*text);
  if (value && value->is_object()) return std::move(value->get_object());
  return fail(Code::kInvalidRequest,
              fmt::format("{} is not a JSON object; put it right or move it away", path));
}

// Names of servers have dots in them: no path into the object.
std::string member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// "pass" for docker-credential-pass; empty: the file itself keeps credentials.
std::string helper_of(const json::object& file, const std::string& server) {
  const json::value* helpers = file.if_contains("credHelpers");
  if (helpers != nullptr && helpers->is_object()) {
    // An empty name means that this server has none, whatever credsStore says.
    if (helpers->get_object().contains(server)) return member(helpers->get_object(), server);
  }
  return member(file, "credsStore");
}

Result<void> ask_helper(const Context& context, const std::string& helper, const char* operation,
                        const std::string& input) {
  const std::string program = "docker-credential-" + helper;
  auto done = run_program(context, {program, operation}, input);
  if (!done) {
    return fail(with_hint(std::move(done.error()),
                          "docker's configuration names it as the keeper of credentials "
                          "(credsStore, credHelpers)"));
  }
  if (done->code == 0) return {};
  return fail(Code::kInternal, fmt::format("{} {} failed: {}", program, operation,
                                           done->out.substr(0, done->out.find('\n'))));
}

json::object& object_at(json::object& parent, std::string_view key) {
  json::value& value = parent[key];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

std::optional<Credential> credential_of(const std::string& server, const json::value& entry) {
  const auto text = crypto::from_base64(text_at(entry, "auth"));
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Credential{server, text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace

Result<void> CredentialFile::store(const Credential& credential) const {
  TRY_ASSIGN(json::object file, read(path_));
  const std::string helper = helper_of(file, credential.server);
  json::object entry;
  if (helper.empty()) {
    entry["auth"] = crypto::base64(credential.username + ":" + credential.secret);
  } else {
    TRY(ask_helper(*context_, helper, "store",
                   json::serialize(json::object{{"ServerURL", credential.server},
                                                {"Username", credential.username},
                                                {"Secret", credential.secret}})));
  }
  // With a helper docker leaves an empty entry: clients see from it where credentials exist.
  object_at(file, "auths")[credential.server] = std::move(entry);
  return write_private(path_, pretty(file));
}

Result<bool> CredentialFile::erase(const std::string& server) const {
  TRY_ASSIGN(json::object file, read(path_));
  if (!file.contains("auths") || !object_at(file, "auths").contains(server)) return false;
  if (const std::string helper = helper_of(file, server); !helper.empty()) {
    TRY(ask_helper(*context_, helper, "erase", server));
  }
  object_at(file, "auths").erase(server);
  TRY(write_private(path_, pretty(file)));
  return true;
}

Result<std::optional<Credential>> CredentialFile::get(const std::string& server) const {
  TRY_ASSIGN(const auto all, list());
  for (const Credential& credential : all) {
    if (credential.server == server) return credential;
  }
  return std::nullopt;
}

Result<std::vector<Credential>> CredentialFile::list() const {
  TRY_ASSIGN(json::object file, read(path_));
  std::vector<Credential> out;
  if (!file.contains("auths")) return out;
  for (const auto& [server, entry] : object_at(file, "auths")) {
    if (auto credential = credential_of(std::string(server), entry)) {
      out.push_back(std::move(*credential));
    }
  }
  return out;
}

std::vector<CredentialFile> credential_files(const Context& context) {
  std::vector<CredentialFile> out;
  if (const auto docker = context.variable("DOCKER_CONFIG"); !docker.empty()) {
    out.emplace_back(context, docker + "/config.json");
  } else if (const auto home = context.variable("HOME"); !home.empty()) {
    out.emplace_back(context, home + "/.docker/config.json");
  }
  if (const auto podman = context.variable("REGISTRY_AUTH_FILE"); !podman.empty()) {
    out.emplace_back(context, podman);
  } else if (const auto runtime = context.variable("XDG_RUNTIME_DIR"); !runtime.empty()) {
    std::error_code error;
    if (std::filesystem::is_directory(runtime + "/containers", error)) {
      out.emplace_back(context, runtime + "/containers/auth.json");
    }
  }
  return out;
}

}  // namespace berth::cli
