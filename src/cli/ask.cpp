#include "cli/ask.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <istream>
#include <ostream>
#include <utility>

#include "cli/api_error.h"

namespace berth::cli {
namespace {

constexpr std::size_t kMaxSecret = 4096;

// The terminal shows nothing of what is typed while this lives.
class NoEcho {
 public:
  NoEcho() : changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool changed_;
};

Result<std::string> read_line(Context& context) {
  std::string line;
  if (context.input.stream == nullptr || !std::getline(*context.input.stream, line)) {
    return fail(wrong_usage("nothing came on standard input"));
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<std::string> typed_secret(Context& context, const std::string& prompt) {
  context.err << prompt << ": " << std::flush;
  const NoEcho quiet;
  auto line = read_line(context);
  context.err << '\n';
  return line;
}

}  // namespace

Result<void> confirm(const Invocation& call, Context& context, const std::string& question) {
  if (call.has("--yes")) return {};
  if (!context.input.terminal) {
    return fail(wrong_usage(fmt::format("{}: say --yes, since nobody can be asked", call.path)));
  }
  TRY_ASSIGN(const std::string answer, read_answer(context, question + " (y/N)"));
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(Code::kPreconditionFailed, "nothing was changed");
}

Result<std::string> read_answer(Context& context, const std::string& prompt) {
  context.err << prompt << ": " << std::flush;
  return read_line(context);
}

Result<std::string> read_secret(Context& context, const std::string& prompt, bool piped,
                                bool twice) {
  if (!piped && !context.input.terminal) {
    return fail(wrong_usage("give the password on standard input, with --password-stdin"));
  }
  TRY_ASSIGN(std::string secret, piped ? read_line(context) : typed_secret(context, prompt));
  if (secret.empty() || secret.size() > kMaxSecret) {
    return fail(wrong_usage(fmt::format("a password has 1 to {} characters", kMaxSecret)));
  }
  if (!piped && twice) {
    TRY_ASSIGN(const std::string again, typed_secret(context, prompt + " again"));
    if (again != secret) return fail(wrong_usage("the two passwords are not the same"));
  }
  return secret;
}

Result<std::string> read_input(Context& context, std::size_t limit) {
  std::string out;
  std::array<char, 4096> buffer{};
  while (context.input.stream != nullptr && *context.input.stream && out.size() <= limit) {
    context.input.stream->read(buffer.data(), buffer.size());
    out.append(buffer.data(), static_cast<std::size_t>(context.input.stream->gcount()));
  }
  if (out.size() > limit) return fail(wrong_usage("too much came on standard input"));
  return out;
}

}  // namespace berth::cli
