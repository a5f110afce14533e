#include "server/certificates.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "crypto/certificate.h"
#include "server/replace_file.h"

namespace berth::server {
namespace {

constexpr std::string_view kAuthority = "ca.pem";
constexpr std::string_view kAuthorityKey = "ca-key.pem";
constexpr std::string_view kServer = "server.pem";
constexpr std::string_view kServerKey = "server-key.pem";

constexpr std::size_t kMaxBytes = 64UL * 1024;
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kPublic = 0644;
constexpr mode_t kSecret = 0600;

bool is_missing(const Error& error) {
  return error.code == Code::kResourceUnknown;
}

// The key first: a certificate without its key would look complete.
Result<void> write_pair(const std::string& certificate_file, const std::string& key_file,
                        const crypto::Identity& identity) {
  TRY(replace_file(key_file, identity.key, kSecret));
  return replace_file(certificate_file, identity.certificate, kPublic);
}

}  // namespace

Certificates::Certificates(std::string folder, const std::string& domain, const std::string& region,
                           const Clock& clock)
    : folder_(std::move(folder)),
      names_({"*." + domain, domain, fmt::format("*.{}.data.{}", region, domain)}),
      clock_(&clock) {}

std::string Certificates::file(std::string_view name) const {
  return fmt::format("{}/{}", folder_, name);
}

net::TlsFiles Certificates::files() const {
  return {file(kServer), file(kServerKey)};
}

Result<Certificates> Certificates::open(const std::string& data_directory,
                                        const std::string& domain, const std::string& region,
                                        const Clock& clock) {
  Certificates out(data_directory + "/tls", domain, region, clock);
  if (::mkdir(out.folder_.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return fail(errno_error(errno, "mkdir", out.folder_));
  }
  TRY(out.open_authority(domain));
  TRY(out.renew_if_due());
  return out;
}

// An authority for another domain is put aside, not lost: whoever goes back can rename it.
Result<void> Certificates::open_authority(const std::string& domain) {
  auto pem = read_small_file(file(kAuthority), kMaxBytes);
  if (!pem && is_missing(pem.error())) return make_new_authority(domain);
  if (!pem) return fail(std::move(pem).error());
  const auto info = crypto::read_certificate(*pem);
  if (!info || !info->is_authority) {
    return fail(Error(Code::kInvalidRequest,
                      fmt::format("{} is damaged. Restore it, or remove it to have a new authority "
                                  "made, which every client must be told to trust.",
                                  file(kAuthority))));
  }
  const auto& permitted = info->permitted_dns_names;
  if (std::ranges::find(permitted, domain) == permitted.end() || info->not_after <= clock_->now()) {
    for (const auto name : {kAuthority, kAuthorityKey}) {
      const std::string old = file(name) + ".old";
      if (std::rename(file(name).c_str(), old.c_str()) != 0 && errno != ENOENT) {
        return fail(errno_error(errno, "rename", file(name)));
      }
    }
    return make_new_authority(domain);
  }
  authority_ = std::move(*pem);
  return {};
}

Result<void> Certificates::make_new_authority(const std::string& domain) {
  TRY_ASSIGN(const crypto::Identity made, crypto::make_authority(domain, clock_->now()));
  TRY(write_pair(file(kAuthority), file(kAuthorityKey), made));
  authority_ = made.certificate;
  authority_is_new_ = true;
  return {};
}

// The certificate is there, is whole, is ours, has the right names and two thirds of its life.
Result<bool> Certificates::due() const {
  crypto::Identity server;
  for (const auto& [name, text] :
       {std::pair(kServer, &server.certificate), std::pair(kServerKey, &server.key)}) {
    auto read = read_small_file(file(name), kMaxBytes);
    if (!read && is_missing(read.error())) return true;
    if (!read) return fail(std::move(read).error());
    *text = std::move(*read);
  }
  const auto info = crypto::read_certificate(server.certificate);
  const TimePoint now = clock_->now();
  if (!info || info->dns_names != names_ || !crypto::key_belongs(server) ||
      !crypto::check_issued(server.certificate, authority_, now)) {
    return true;
  }
  return now >= info->not_after - (info->not_after - info->not_before) / 3;
}

Result<bool> Certificates::renew_if_due() {
  TRY_ASSIGN(const bool is_due, due());
  if (!is_due) return false;
  TRY_ASSIGN(std::string key, read_small_file(file(kAuthorityKey), kMaxBytes));
  auto issued = crypto::issue_certificate({authority_, std::move(key)}, names_, clock_->now());
  if (!issued) {
    return fail(Error(Code::kInvalidRequest, fmt::format("{} cannot issue a certificate: {}",
                                                         file(kAuthority), issued.error().message))
                    .because(issued.error().cause));
  }
  TRY(write_pair(file(kServer), file(kServerKey), *issued));
  return true;
}

}  // namespace berth::server
