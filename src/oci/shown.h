// How text from a client is shown in an error message: short, printable, unambiguous. The text may
// hold anything, also bytes that are not UTF-8, and the message must survive JSON and a terminal.
#pragma once

#include <string>
#include <string_view>

namespace berth::oci {

// 'text' in single quotes: bytes other than printable ASCII as \xNN, everything beyond 80 bytes
// replaced by "… (N bytes)".
std::string shown(std::string_view text);

}  // namespace berth::oci
