// ARM paths and resource ids. Input: a path as the management face hands it on.
#include "check.h"
#include "control/resource_id.h"

namespace {

using namespace berth;
using control::ArmPath;
using control::ResourceId;
using fuzz::check_error;

// Whatever is accepted reads the same again, and lies in what it says it lies in.
void check_id(const ResourceId& id) {
  const auto again = ResourceId::parse(id.text());
  BERTH_CHECK(again && *again == id && again->text() == id.text());
  BERTH_CHECK(ResourceId::parse(id.key()) && ResourceId::parse(id.key())->key() == id.key());
  BERTH_CHECK(!id.name().empty() && id.name().find('/') == std::string_view::npos);
  BERTH_CHECK(id.text().size() <= ResourceId::kMaxLength + 1);
  const ResourceId parent = id.parent();
  BERTH_CHECK(id.text().starts_with(parent.text()));
  BERTH_CHECK(parent.child(id.type(), id.name()).key() == id.key());
  BERTH_CHECK(id.below(parent).text() == id.text());
  BERTH_CHECK(id.ancestors().size() < ResourceId::kMaxSegments);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const auto path = ArmPath::parse(text);
  const auto id = ResourceId::parse(text);
  if (!path) {
    BERTH_CHECK(!id);
    check_error(path.error());
    return 0;
  }
  if (!path->id.tenant()) check_id(path->id);
  BERTH_CHECK(id.has_value() == (!path->id.tenant() && path->rest.empty()));
  if (id) BERTH_CHECK(*id == path->id);
  return 0;
}
