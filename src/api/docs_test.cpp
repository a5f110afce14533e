// Keeps docs/errors.md true: its table is the one of the code.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "api/oci_errors.h"

namespace berth::api {
namespace {

TEST(Docs, ErrorsPageHoldsTheTableOfTheCode) {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/docs/errors.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string table = error_table_markdown();
  EXPECT_NE(page.find(table), std::string::npos) << "docs/errors.md differs; its table must be:\n"
                                                 << table;
}

}  // namespace
}  // namespace berth::api
