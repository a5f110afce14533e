// Command lines for a POSIX shell, to be pasted. Pure.
#pragma once

#include <string>
#include <string_view>

namespace berth::explain {

// Stands where the caller puts the principal's name, quoted by shell_word().
inline constexpr std::string_view kPrincipalPlace = "{principal}";

// The word as the shell has to read it: as it is where no character means anything to a shell,
// otherwise in single quotes, which also keep '!' from a shell's history. What it returns never
// contains kPrincipalPlace: no role's name can pass for it.
std::string shell_word(std::string_view word);

}  // namespace berth::explain
