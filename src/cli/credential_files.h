// The files in which docker and podman keep credentials: docker's config.json and podman's
// auth.json, which has the same shape. Keys that are not ours stay as they are; a credential helper
// that the file names (credHelpers, credsStore) is used instead of the file. Blocking; written
// atomically, 0600.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"

namespace berth::cli {

struct Credential {
  std::string server;  // "localhost:5000", "team1.example.com"
  std::string username;
  std::string secret;
};

class CredentialFile {
 public:
  // The context outlives the file.
  CredentialFile(const Context& context, std::string path)
      : context_(&context), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  Result<void> store(const Credential& credential) const;
  // false: nothing was there.
  Result<bool> erase(const std::string& server) const;
  // Of the file itself, never of a helper.
  Result<std::optional<Credential>> get(const std::string& server) const;
  Result<std::vector<Credential>> list() const;

 private:
  const Context* context_;
  std::string path_;
};

// Those of this user: docker's ($DOCKER_CONFIG or ~/.docker), and podman's ($REGISTRY_AUTH_FILE, or
// the one below XDG_RUNTIME_DIR once podman has made its directory). Podman reads docker's, too,
// but its own wins.
std::vector<CredentialFile> credential_files(const Context& context);

}  // namespace berth::cli
