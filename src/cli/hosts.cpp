// `berth hosts`: lines for /etc/hosts, and a marked block in that file that is replaced whole.
// Names that the file has outside the block stay out of it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <ostream>
#include <set>
#include <sstream>

#include "base/ascii.h"
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

Block block_of(const std::string& domain, const std::vector<std::string>& hosts,
               const std::string& address) {
  Block out{fmt::format("# berth {} begin\n", domain), fmt::format("# berth {} end\n", domain), {}};
  out.text = out.begin;
  for (const std::string& host : hosts) out.text += fmt::format("{} {}\n", address, host);
  out.text += out.end;
  return out;
}

// Where a line begins that is exactly `line`; npos: nowhere.
std::size_t find_line(const std::string& text, const std::string& line, std::size_t from = 0) {
  std::size_t at = text.find(line, from);
  while (at != std::string::npos && at > 0 && text[at - 1] != '\n') at = text.find(line, at + 1);
  return at;
}

// A file's text around an older block; without one all of it is before it.
struct Around {
  std::string before, after;
};

Result<Around> around(std::string text, const Block& block, const std::string& file) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  const std::size_t begin = find_line(text, block.begin);
  if (begin == std::string::npos) return Around{std::move(text), {}};
  const std::size_t end = find_line(text, block.end, begin);
  if (end == std::string::npos) {
    return fail(
        with_hint({Code::kConflict, fmt::format("{} has the line \"{}\" and no end of it", file,
                                                block.begin.substr(0, block.begin.size() - 1))},
                  "remove that line and what berth wrote below it"));
  }
  return Around{text.substr(0, begin), text.substr(end + block.end.size())};
}

// Names that have a line, whatever its address: a second one would send clients elsewhere, past a
// private endpoint for example.
std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string word;
    words >> word;  // the address
    while (words >> word) out.insert(lower(word));
  }
  return out;
}

struct Written {
  std::vector<std::string> hosts, left_out;
  std::string file;
  bool changed = false;
};

Result<Written> write_block(const std::string& named, const Names& names,
                            const std::string& address) {
  std::error_code ignored;
  const auto real = std::filesystem::canonical(named, ignored);  // a symbolic link stays one
  const std::string file = ignored ? named : real.string();
  auto before = server::read_small_file(file, kMaxHosts);
  if (!before && before.error().code == Code::kResourceUnknown) before = std::string();
  if (!before) return fail(std::move(before).error());
  TRY_ASSIGN(const Around kept, around(*before, block_of(names.domain, {}, address), file));
  const auto taken = names_in(kept.before + kept.after);
  Written out{.hosts = {}, .left_out = {}, .file = named};
  for (std::string& host : names.hosts()) {
    (taken.contains(lower(host)) ? out.left_out : out.hosts).push_back(std::move(host));
  }
  const std::string after =
      kept.before + block_of(names.domain, out.hosts, address).text + kept.after;
  out.changed = after != *before;
  if (!out.changed) return out;
  struct stat info {};
  const mode_t mode = ::stat(file.c_str(), &info) == 0 ? info.st_mode & 0777U : kUsualMode;
  auto written = server::replace_file(file, after, mode);
  if (!written) {
    return fail(with_hint(std::move(written).error(),
                          "run this as root; where the file cannot be replaced, as in a container, "
                          "append what berth hosts prints"));
  }
  return out;
}

json::array texts(const std::vector<std::string>& all) {
  return json::array(all.begin(), all.end());
}

void tell(const Written& written, const std::string& address, Context& context) {
  context.out << fmt::format("{} {} {} names for {}\n", written.file,
                             written.changed ? "now has" : "already had", written.hosts.size(),
                             address);
  if (written.left_out.empty()) return;
  context.err << fmt::format("note: not among them, as {} has other lines for them: {}\n",
                             written.file, fmt::join(written.left_out, ", "));
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
  const std::vector<std::string> hosts = names->hosts();
  json::object summary{{"domain", names->domain}, {"address", address}, {"hosts", texts(hosts)}};
  if (call.has("--write")) {
    const std::string file = call.has("--file") ? call.value("--file") : "/etc/hosts";
    const auto written = write_block(file, *names, address);
    if (!written) return report(context, written.error());
    summary["file"] = file;
    summary["changed"] = written->changed;
    summary["hosts"] = texts(written->hosts);
    summary["leftOut"] = texts(written->left_out);
    if (!call.json()) tell(*written, address, context);
  } else if (!call.json()) {
    context.out << block_of(names->domain, hosts, address).text;
  }
  if (call.json()) context.out << json::serialize(summary) << '\n';
  if (!names->asked_server) {
    context.err << "note: no server was asked, so no registry is among the names\n";
  }
  return kGood;
}

}  // namespace berth::cli
