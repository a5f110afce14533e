// libFuzzer target: signed links to blobs. Input: a line with `<path>?<query>` as a stranger sends
// it, then a line with a repository and one with the private endpoint of a link that is made here
// and changed in one place. Only what this server wrote is believed.
#include <algorithm>
#include <string>
#include <vector>

#include "access/data_link.h"
#include "access/documents_test_support.h"
#include "base/random.h"
#include "check.h"

namespace {

using namespace berth;
using access::DataLink;
using access::DataLinks;

constexpr std::string_view kRegistry = "contoso-1";

const DataLinks& links() {
  static const ManualClock clock{from_micros(1'800'000'000'000'000)};
  static SeededRandom random{1};
  static access::MemoryDocuments documents(clock);
  static access::KeyRing keys(documents, clock, random);
  static const bool loaded = access::wait_for(keys.load()).has_value();
  BERTH_CHECK(loaded);
  static const DataLinks all(keys, clock);
  return all;
}

// The order of parameters says nothing; everything else of a link has one form.
std::vector<std::string> parts(std::string_view link) {
  std::vector<std::string> result(1);
  for (const char c : link) {
    if (c == '?' || c == '&') {
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  std::sort(result.begin() + 1, result.end());
  return result;
}

Result<DataLink> verify(std::string_view link, std::string_view registry = kRegistry) {
  const auto question = std::min(link.find('?'), link.size());
  auto read = links().verify(link.substr(0, question),
                             link.substr(std::min(question + 1, link.size())), registry);
  if (read) {
    BERTH_CHECK(parts(links().path_and_query(*read)) == parts(link));
    BERTH_CHECK(read->registry == registry && read->end > from_micros(1'800'000'000'000'000));
  } else {
    BERTH_CHECK(read.error().code == Code::kDenied);
    auto shown = read.error();
    shown.cause.clear();
    fuzz::check_error(shown);
  }
  return read;
}

void check_own(const DataLink& link, std::uint8_t where, std::uint8_t how) {
  const std::string text = links().path_and_query(link);
  const auto read = verify(text);
  BERTH_CHECK(read && read->repository == link.repository && read->digest == link.digest);
  BERTH_CHECK(read->private_endpoint == link.private_endpoint && read->service == link.service);
  BERTH_CHECK(!verify(text, "contoso-2"));

  std::string changed = text;
  const std::size_t at = text.size() * where / 256;
  changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(how == 0 ? 1 : how));
  BERTH_CHECK(!verify(changed));
  BERTH_CHECK(!verify(text.substr(0, at)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [sent, rest] = fuzz::split_line(fuzz::as_text(data, size));
  verify(sent);
  const auto [repository, endpoint] = fuzz::split_line(rest);
  auto name = oci::RepositoryName::parse(repository);
  if (!name || endpoint.size() > 1500) return 0;
  const auto kinds = policy::service_kinds();
  const std::size_t kind = data[size - 1] % (kinds.size() + 1);
  check_own({std::string(kRegistry), std::move(*name),
             *oci::Digest::parse("sha256:" + std::string(64, 'a')), std::string(endpoint),
             kind < kinds.size() ? kinds[kind].kind : policy::ServiceKind::kNone, links().end()},
            data[0], data[size / 2]);
  return 0;
}
