#include "explain/command_line.h"

#include <gtest/gtest.h>

#include "explain/operator_testing.h"

namespace berth::explain {
namespace {

TEST(ShellWord, PlainWordsStayAsTheyAre) {
  for (const auto* word : {"AcrPull", "/subscriptions/s/g", "team/app", "a.b_c-d:1@2"}) {
    EXPECT_EQ(shell_word(word), word);
  }
}

TEST(ShellWord, TheShellReadsTheSameWord) {
  for (const std::string word : {"",
                                 "*",
                                 "team/*",
                                 "Bob's role",
                                 "'",
                                 "''",
                                 "a'b'c",
                                 "$(reboot)",
                                 "`x`",
                                 "a\\b",
                                 "!x",
                                 "two words",
                                 "\"x\"",
                                 "~",
                                 "a=b",
                                 "{a,b}",
                                 "&&",
                                 "{principal}",
                                 "x{principal}'y{principal}",
                                 "{{principal}",
                                 "line\nend"}) {
    EXPECT_EQ(shell_words("say " + shell_word(word)), (std::vector<std::string>{"say", word}));
  }
}

TEST(ShellWord, NothingPassesForThePlaceOfThePrincipal) {
  EXPECT_EQ(shell_word("{principal}"), "'{''principal}'");
  EXPECT_EQ(shell_word("x'{principal}").find(kPrincipalPlace), std::string::npos);
}

}  // namespace
}  // namespace berth::explain
