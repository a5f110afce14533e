// Where things lie under the root. Pure; no I/O.
//
//   <root>/blobs/sha256/ab/abcdef…   content, named by its digest; never changed in place
//   <root>/blobs/sha512/…
//   <root>/uploads/<uuid>            an upload in progress
//   <root>/uploads/<run uuid>.<n>    content of one put(), alive for one job
//
// A location is the part after `blobs/`. Every path is made from a parsed Digest or a checked
// upload id, so no text from outside ever becomes a path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "blobs/location.h"
#include "oci/digest.h"

namespace berth::blobs::fs {

BlobLocation location_of(const oci::Digest& digest);
// kInternal when the text is not exactly what location_of() makes: only metadata supplies
// locations, so a malformed one is damage, not a client's mistake.
Result<oci::Digest> digest_at(const BlobLocation& location);
// A lower-case UUID with hyphens.
bool is_upload_id(std::string_view id);

class Layout {
 public:
  explicit Layout(std::string root) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }
  std::string uploads() const { return root_ + "/uploads"; }
  // `name` is an upload id or a name that the store made up.
  std::string upload(std::string_view name) const;
  std::string blob(const oci::Digest& digest) const;
  // The directory that holds blob(digest).
  std::string fan_out(const oci::Digest& digest) const;
  // What every location begins with, `sha256/00` … `sha512/ff`, in the order of locations.
  static constexpr std::size_t kPrefixes = 512;
  static const std::vector<std::string>& prefixes();
  static std::size_t prefix_index(const oci::Digest& digest);
  // The directory that holds the fan-out directories of an algorithm.
  std::string algorithm(oci::Algorithm algorithm) const;
  // Every directory but the root and the fan-out, parents first.
  std::vector<std::string> skeleton() const;

 private:
  std::string root_;
};

}  // namespace berth::blobs::fs
