// `berth hosts`: lines for /etc/hosts, and a marked block in that file that is replaced whole.
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <ostream>

#include "base/ip.h"
#include "cli/api_error.h"
#include "cli/names.h"
#include "server/config_values.h"
#include "server/replace_file.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxHosts = 4UL * 1024 * 1024;
constexpr mode_t kUsualMode = 0644;

struct Block {
  std::string begin, end;  // whole lines
  std::string text;        // both of them and what is between
};

Block block_of(const Names& names, const std::string& address) {
  Block out{fmt::format("# berth {} begin\n", names.domain),
            fmt::format("# berth {} end\n", names.domain),
            {}};
  out.text = out.begin;
  for (const std::string& host : names.hosts()) out.text += fmt::format("{} {}\n", address, host);
  out.text += out.end;
  return out;
}

// Where a line begins that is exactly `line`; npos: nowhere.
std::size_t find_line(const std::string& text, const std::string& line, std::size_t from = 0) {
  std::size_t at = text.find(line, from);
  while (at != std::string::npos && at > 0 && text[at - 1] != '\n') at = text.find(line, at + 1);
  return at;
}

// The file's text with the block in the place of an older one, or at its end.
Result<std::string> merged(std::string text, const Block& block, const std::string& file) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  const std::size_t begin = find_line(text, block.begin);
  if (begin == std::string::npos) return text + block.text;
  const std::size_t end = find_line(text, block.end, begin);
  if (end == std::string::npos) {
    return fail(
        with_hint({Code::kConflict, fmt::format("{} has the line \"{}\" and no end of it", file,
                                                block.begin.substr(0, block.begin.size() - 1))},
                  "remove that line and what berth wrote below it"));
  }
  return text.replace(begin, end + block.end.size() - begin, block.text);
}

// True: the file was changed.
Result<bool> write_block(const std::string& named, const Block& block) {
  std::error_code ignored;
  const auto real = std::filesystem::canonical(named, ignored);  // a symbolic link stays one
  const std::string file = ignored ? named : real.string();
  auto before = server::read_small_file(file, kMaxHosts);
  if (!before && before.error().code == Code::kResourceUnknown) before = std::string();
  if (!before) return fail(std::move(before).error());
  TRY_ASSIGN(const std::string after, merged(*before, block, file));
  if (after == *before) return false;
  struct stat info {};
  const mode_t mode = ::stat(file.c_str(), &info) == 0 ? info.st_mode & 0777U : kUsualMode;
  auto written = server::replace_file(file, after, mode);
  if (!written) {
    return fail(with_hint(std::move(written).error(),
                          "run this as root; where the file cannot be replaced, as in a container, "
                          "append what berth hosts prints"));
  }
  return true;
}

json::object as_json(const Names& names, const std::string& address) {
  json::array hosts;
  for (const std::string& host : names.hosts()) hosts.emplace_back(host);
  return {{"domain", names.domain}, {"address", address}, {"hosts", std::move(hosts)}};
}

}  // namespace

int run_hosts(const Invocation& call, Context& context) {
  const std::string address = call.has("--address") ? call.value("--address") : "127.0.0.1";
  if (!IpAddress::parse(address)) {
    return report(context, wrong_usage(fmt::format("--address is {}; it must be an IP address",
                                                   server::in_quotes(address))));
  }
  const auto names = read_names(call, context);
  if (!names) return report(context, names.error());
  const Block block = block_of(*names, address);
  json::object summary = as_json(*names, address);
  if (call.has("--write")) {
    const std::string file = call.has("--file") ? call.value("--file") : "/etc/hosts";
    const auto changed = write_block(file, block);
    if (!changed) return report(context, changed.error());
    summary["file"] = file;
    summary["changed"] = *changed;
    if (!call.json()) {
      context.out << fmt::format("{} {} {} names for {}\n", file,
                                 *changed ? "now has" : "already had", names->hosts().size(),
                                 address);
    }
  } else if (!call.json()) {
    context.out << block.text;
  }
  if (call.json()) context.out << json::serialize(summary) << '\n';
  if (!names->asked_server) {
    context.err << "note: no server was asked, so no registry is among the names\n";
  }
  return kGood;
}

}  // namespace berth::cli
