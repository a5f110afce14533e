// The one part of loading that touches the file system.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "server/config.h"

namespace berth::server {
namespace {

tl::expected<std::string, std::string> read_whole(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto unreadable = [] {
    return tl::unexpected("the file cannot be read: " + std::generic_category().message(errno));
  };
  if (!file) return unreadable();
  std::string text(kMaxConfigBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = ::read(file.fd(), text.data() + size, text.size() - size);
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return unreadable();
    if (n > 0) size += static_cast<std::size_t>(n);
  }
  if (size > kMaxConfigBytes) {
    return tl::unexpected<std::string>("the file is larger than 1MiB; name a Berth configuration");
  }
  text.resize(size);
  return text;
}

}  // namespace

ConfigResult load_config(const ConfigInput& input) {
  ConfigSources sources{std::nullopt, input.environment, input.flags};
  if (input.file) {
    auto text = read_whole(*input.file);
    if (!text) return tl::unexpected(ConfigProblems{{*input.file, std::move(text).error()}});
    sources.file = ConfigSources::File{*input.file, std::move(*text)};
  }
  auto loaded = load_config(sources);
  if (loaded) loaded->config.loaded_from = std::make_shared<const ConfigInput>(input);
  return loaded;
}

}  // namespace berth::server
