// The faces of a server as a set: what a listener serves. Values; the names are those of the
// configuration, and of the hosts where a face has one of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth::api {

enum class Face : std::uint8_t { kRegistry, kData, kManagement, kLogin, kGraph, kLogs };
inline constexpr std::array<std::string_view, 6> kFaceNames = {"registry", "data",  "management",
                                                               "login",    "graph", "logs"};
constexpr std::string_view face_name(Face face) {
  return kFaceNames[static_cast<std::size_t>(face)];
}

using FaceSet = std::uint32_t;
constexpr FaceSet faces_of(Face face) {
  return FaceSet{1} << static_cast<unsigned>(face);
}
inline constexpr FaceSet kAllFaces = (FaceSet{1} << kFaceNames.size()) - 1;

// "registry, data"
inline std::string faces_text(FaceSet faces) {
  std::string out;
  for (std::size_t i = 0; i < kFaceNames.size(); ++i) {
    if ((faces & faces_of(static_cast<Face>(i))) == 0) continue;
    if (!out.empty()) out += ", ";
    out += kFaceNames[i];
  }
  return out;
}

}  // namespace berth::api
