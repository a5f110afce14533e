#include "blobs/fs/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace berth::blobs::fs {
namespace {

constexpr std::array kAlgorithms = {oci::Algorithm::kSha256, oci::Algorithm::kSha512};

}  // namespace

BlobLocation location_of(const oci::Digest& digest) {
  return {fmt::format("{}/{}/{}", oci::algorithm_name(digest.algorithm()),
                      digest.hex().substr(0, 2), digest.hex())};
}

Result<oci::Digest> digest_at(const BlobLocation& location) {
  const std::string_view text = location.text;
  const auto first = text.find('/');
  const auto last = text.rfind('/');
  if (first != std::string_view::npos) {
    auto digest =
        oci::Digest::parse(fmt::format("{}:{}", text.substr(0, first), text.substr(last + 1)));
    // Making the location again and comparing leaves no room for a second spelling.
    if (digest && location_of(*digest) == location) return digest;
  }
  Error error(Code::kInternal, std::string(code_row(Code::kInternal).meaning));
  return fail(std::move(error).because(
      fmt::format("blob location '{}' is not of the form sha256/ab/<hex>", text)));
}

bool is_upload_id(std::string_view id) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (id.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (kForm[i] == '-' ? c != '-' : !hex) return false;
  }
  return true;
}

std::string Layout::upload(std::string_view name) const {
  return fmt::format("{}/uploads/{}", root_, name);
}

std::string Layout::blob(const oci::Digest& digest) const {
  return fmt::format("{}/blobs/{}", root_, location_of(digest).text);
}

std::string Layout::fan_out(const oci::Digest& digest) const {
  return fmt::format("{}/blobs/{}/{}", root_, oci::algorithm_name(digest.algorithm()),
                     digest.hex().substr(0, 2));
}

std::string Layout::algorithm(oci::Algorithm algorithm) const {
  return fmt::format("{}/blobs/{}", root_, oci::algorithm_name(algorithm));
}

const std::vector<std::string>& Layout::prefixes() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const oci::Algorithm algorithm : kAlgorithms) {
      // One directory for each value of the first byte keeps each small enough to list in one go.
      for (int i = 0; i < 256; ++i) {
        names.push_back(fmt::format("{}/{:02x}", oci::algorithm_name(algorithm), i));
      }
    }
    return names;
  }();
  return all;
}

std::size_t Layout::prefix_index(const oci::Digest& digest) {
  const std::string prefix = location_of(digest).text.substr(0, prefixes().front().size());
  const auto found = std::lower_bound(prefixes().begin(), prefixes().end(), prefix);
  return static_cast<std::size_t>(found - prefixes().begin());
}

std::vector<std::string> Layout::skeleton() const {
  std::vector<std::string> all = {uploads(), root_ + "/blobs"};
  for (const oci::Algorithm name : kAlgorithms) all.push_back(algorithm(name));
  return all;
}

}  // namespace berth::blobs::fs
