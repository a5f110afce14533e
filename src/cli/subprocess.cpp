#include "cli/subprocess.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <sstream>

#include "base/file.h"

namespace berth::cli {
namespace {

constexpr std::size_t kMaxOutput = 1024UL * 1024;

std::string in_path(const Context& context, const std::string& name) {
  std::istringstream path(context.variable("PATH"));
  for (std::string directory; std::getline(path, directory, ':');) {
    std::string file = (directory.empty() ? "." : directory) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

// Pointers for exec, which wants them writable and does not write.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  std::transform(texts.begin(), texts.end(), std::back_inserter(out),
                 [](const std::string& text) { return const_cast<char*>(text.c_str()); });
  out.push_back(nullptr);
  return out;
}

Result<pid_t> spawn(const Context& context, const std::string& file,
                    const std::vector<std::string>& command, int stream) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : context.environment)
    environment.push_back(fmt::format("{}={}", name, value));
  auto environment_pointers = pointers(environment);
  auto command_pointers = pointers(command);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, stream, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, stream, STDOUT_FILENO);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, file.c_str(), &actions, nullptr, command_pointers.data(),
                                  environment_pointers.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(errno_error(error, "spawn", file));
  return child;
}

}  // namespace

Result<ProgramResult> run_program(const Context& context, const std::vector<std::string>& command,
                                  const std::string& input) {
  const std::string file = in_path(context, command.front());
  if (file.empty()) {
    return fail(Code::kResourceUnknown, fmt::format("{} is not in PATH", command.front()));
  }
  // A socket, since writing to one whose reader has gone need not raise a signal.
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return fail(errno_error(errno, "socketpair", file));
  }
  File ours(pair[0]);
  File theirs(pair[1]);
  TRY_ASSIGN(const pid_t child, spawn(context, file, command, theirs.fd()));
  theirs.close();
  static_cast<void>(::send(ours.fd(), input.data(), input.size(), MSG_NOSIGNAL));
  ::shutdown(ours.fd(), SHUT_WR);
  ProgramResult result;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 1; n > 0 && result.out.size() < kMaxOutput;) {
    n = ::recv(ours.fd(), buffer.data(), buffer.size(), 0);
    if (n > 0) result.out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ours.close();  // a program that still writes must not wait for us
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  return result;
}

}  // namespace berth::cli
