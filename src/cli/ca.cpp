// `berth ca export`.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "cli/api_error.h"
#include "cli/names.h"

namespace berth::cli {

int run_ca_export(const Invocation& call, Context& context) {
  const auto pem = read_authority(call, context);
  if (!pem) return report(context, pem.error());
  if (call.json()) {
    context.out << boost::json::serialize(boost::json::object{{"certificate", *pem}}) << '\n';
  } else {
    context.out << *pem;
  }
  return kGood;
}

}  // namespace berth::cli
