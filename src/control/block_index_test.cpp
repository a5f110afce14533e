// The index gives the answer of comparing with each block, for blocks that nest and repeat.
#include "control/types/block_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace berth::control {
namespace {

// In a narrow range of each family, so that most of them meet.
IpPrefix random_block(std::mt19937& random, bool wide) {
  const auto octet = [&] { return static_cast<std::uint8_t>(random() % 256); };
  const bool v4 = random() % 2 == 0;
  const auto address = v4 ? IpAddress::from_v4({10, 1, octet(), octet()})
                          : IpAddress::from_v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, octet(), octet()});
  const unsigned longest = v4 ? 32 : 96, spread = wide ? longest + 1 : 6;
  return {address, longest - static_cast<unsigned>(random() % spread)};
}

TEST(BlockIndex, SaysWhatComparingEachSays) {
  std::mt19937 random(7);  // NOLINT: the same blocks every time
  std::size_t met = 0, apart = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<IpPrefix> blocks;
    BlockIndex index;
    for (std::size_t i = random() % 60; i > 0; --i) {
      index.add(blocks.emplace_back(random_block(random, round % 10 == 0)), blocks.size() - 1);
    }
    for (int i = 0; i < 60; ++i) {
      const IpPrefix asked = random_block(random, round % 7 == 0);
      const auto first =
          std::ranges::find_if(blocks, [&](const IpPrefix& one) { return one.overlaps(asked); });
      const auto expected =
          first == blocks.end()
              ? std::nullopt
              : std::optional<std::size_t>(static_cast<std::size_t>(first - blocks.begin()));
      ASSERT_EQ(index.first_overlap(asked), expected) << asked.text();
      ++(expected ? met : apart);
    }
  }
  EXPECT_GT(met, 1000U);
  EXPECT_GT(apart, 1000U);
}

// All of IPv6 lies around the mapped addresses, and holds none of them.
TEST(BlockIndex, FamiliesLieApart) {
  const IpPrefix all4 = IpPrefix::parse("0.0.0.0/0").value(), all6 = IpPrefix();
  BlockIndex index;
  index.add(all6, 0);
  EXPECT_EQ(index.first_overlap(all4), std::nullopt);
  index.add(all4, 1);
  EXPECT_EQ(index.first_overlap(IpPrefix::parse("10.0.0.1").value()), 1U);
  EXPECT_EQ(index.first_overlap(IpPrefix::parse("::1").value()), 0U);
}

}  // namespace
}  // namespace berth::control
