#include "access/data_link.h"

#include <gmock/gmock.h>

#include "access/access_fixture.h"

namespace berth::access {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

class DataLinkTest : public AccessFixture {
 protected:
  DataLink link() const {
    return {.registry = "contoso-1",
            .repository = oci::RepositoryName::parse("team/app").value(),
            .digest = oci::Digest::parse("sha256:" + std::string(64, 'a')).value(),
            .private_endpoint = "",
            .service = policy::ServiceKind::kNone,
            .end = links_.end()};
  }
  DataLink link_of_a_service() const {
    DataLink out = link();
    out.private_endpoint = "/subscriptions/s/resourcegroups/g(ü)/…/privateendpoints/pe1";
    out.service = policy::ServiceKind::kContainerInstances;
    return out;
  }
  // As a data endpoint gets it.
  Result<DataLink> verify(const std::string& url, std::string_view registry = "contoso-1") const {
    const auto question = url.find('?');
    const std::string query = question == std::string::npos ? "" : url.substr(question + 1);
    return links_.verify(url.substr(0, question), query, registry);
  }
  static std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what << " in " << text;
    return text.replace(at, what.size(), by);
  }

  const DataLinks links_{keys_, clock_};
};

TEST_F(DataLinkTest, SaysWhatItWasMadeFor) {
  for (const DataLink& made : {link(), link_of_a_service()}) {
    const auto read = verify(links_.path_and_query(made));
    ASSERT_TRUE(read) << read.error().message << read.error().cause;
    EXPECT_EQ(read->registry, made.registry);
    EXPECT_EQ(read->repository, made.repository);
    EXPECT_EQ(read->digest, made.digest);
    EXPECT_EQ(read->private_endpoint, made.private_endpoint);
    EXPECT_EQ(read->service, made.service);
    EXPECT_EQ(read->end, made.end);
  }
  // Nothing in it needs an escape, whatever the names are.
  EXPECT_EQ(links_.path_and_query(link_of_a_service())
                .find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_/:?=&"),
            std::string::npos);
}

TEST_F(DataLinkTest, LastsTwentyToThirtyMinutesAndIsTheSameForTen) {
  TimePoint last{};
  std::size_t changes = 0;
  for (int second = 0; second < 3600; ++second) {
    const auto left = links_.end() - clock_.now();
    ASSERT_GE(left, minutes(20));
    ASSERT_LE(left, minutes(30));
    if (links_.end() != std::exchange(last, links_.end())) ++changes;
    clock_.advance(Seconds(1));
  }
  EXPECT_LE(changes, 7U);
}

TEST_F(DataLinkTest, EndsAndSaysWhen) {
  const std::string url = links_.path_and_query(link());
  const TimePoint end = links_.end();
  clock_.advance(end - clock_.now() - std::chrono::microseconds(1));
  EXPECT_TRUE(verify(url));
  clock_.advance(std::chrono::microseconds(1));
  const auto ended = verify(url);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::kDenied);
  EXPECT_THAT(ended.error().message, HasSubstr("ended at " + to_rfc3339(end)));
  EXPECT_THAT(ended.error().message, HasSubstr("Ask the login server"));
}

TEST_F(DataLinkTest, IsForOneRegistry) {
  const auto other = verify(links_.path_and_query(link()), "contoso-2");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kDenied);
  EXPECT_THAT(other.error().message, HasSubstr("another registry"));
}

TEST_F(DataLinkTest, AnyChangedFieldIsRefused) {
  const std::string url = links_.path_and_query(link_of_a_service());
  ASSERT_TRUE(verify(url));
  const std::string end = std::to_string(to_micros(links_.end()) / 1'000'000);
  const std::string later = std::to_string(to_micros(links_.end()) / 1'000'000 + 600);
  const auto parameter = [&](const std::string& name) {
    const auto from = url.find(name + "=");
    return url.substr(from, url.find('&', from) - from);
  };
  const std::string signature = parameter("sig");
  const std::string changes[] = {
      replaced(url, "team/app", "team/other"),
      replaced(url, "sha256:aa", "sha256:ab"),
      replaced(url, "/v2/", "/v3/"),
      replaced(url, "/blobs/", "/manifests/"),
      replaced(url, end, later),
      replaced(url, "se=", "se=0"),
      replaced(url, "se=", "se=%2B"),
      replaced(url, "sp=r", "sp=rw"),
      replaced(url, "spr=https", "spr=http"),
      replaced(url, parameter("regid"), "regid=Y29udG9zby0y"),
      replaced(url, parameter("pe"), "pe="),
      replaced(url, parameter("pe") + "&", ""),
      replaced(url, parameter("pe"), parameter("pe") + "AA"),
      replaced(url, "sk=container-instances", "sk=scanner"),
      replaced(url, "&sk=container-instances", ""),
      replaced(url, "sk=container-instances", "sk=Container-Instances"),
      replaced(url, signature, "sig=" + std::string(43, 'A')),
      replaced(url, signature, "sig="),
      replaced(url, "&" + signature, ""),
      replaced(url, "sig=", "sig=A"),
      url + "&x=1",
      url + "&sp=r",
      url + "&" + signature,
      url + "&",
      url + " ",
      url + "&pe=" + std::string(4000, 'A'),
      replaced(url, "/v2/", "/v2//"),
      replaced(url, "?", "/?"),
  };
  for (const std::string& changed : changes) {
    const auto refused = verify(changed);
    ASSERT_FALSE(refused) << changed;
    EXPECT_EQ(refused.error().code, Code::kDenied) << changed;
    EXPECT_THAT(refused.error().message, HasSubstr("Ask the login server")) << changed;
  }
  EXPECT_FALSE(verify(url.substr(0, url.find('?'))));
}

// Every character counts: one bit of any of them makes another link, or none.
TEST_F(DataLinkTest, AnyFlippedBitIsRefused) {
  const std::string url = links_.path_and_query(link_of_a_service());
  for (std::size_t at = 0; at < url.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = url;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
      EXPECT_FALSE(verify(changed)) << at << " " << bit;
    }
  }
}

TEST_F(DataLinkTest, AnotherServersLinkIsNoneOfOurs) {
  MemoryDocuments documents(clock_);
  KeyRing keys(documents, clock_, random_);
  ASSERT_TRUE(wait_for(keys.load()));
  const auto refused = verify(DataLinks(keys, clock_).path_and_query(link()));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not made by this server"));
}

}  // namespace
}  // namespace berth::access
