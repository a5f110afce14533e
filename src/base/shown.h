// How text from a client is shown in an error message: short, printable, unambiguous. The text may
// hold anything, also bytes that are not UTF-8, and the message must survive JSON and a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth {

// 'text' in single quotes: bytes other than printable ASCII, and those of `escaped`, as \xNN,
// everything beyond `most` bytes replaced by "… (N bytes)". A backslash is escaped too, or \x41
// sent as text would look like an escape of ours.
std::string shown(std::string_view text, std::size_t most = 80, std::string_view escaped = "'\\");

}  // namespace berth
