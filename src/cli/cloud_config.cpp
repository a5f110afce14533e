// `berth cloud-config`: what `az cloud register --cloud-config` reads.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <ostream>

#include "cli/api_error.h"
#include "cli/json_text.h"
#include "cli/names.h"

namespace berth::cli {

// The slashes at the ends are part of it: az compares the values as audiences. The authority has
// the ADFS form because any other makes az ask a public host first.
int run_cloud_config(const Invocation& call, Context& context) {
  const auto names = read_names(call, context);
  if (!names) return report(context, names.error());
  const std::string management = names->url("management") + "/";
  const std::string graph = names->url("graph") + "/";
  const boost::json::object cloud{{"endpoints",
                                   {{"resourceManager", management},
                                    {"management", management},
                                    {"activeDirectory", names->url("login") + "/adfs"},
                                    {"activeDirectoryResourceId", management},
                                    {"activeDirectoryGraphResourceId", graph},
                                    {"microsoftGraphResourceId", graph},
                                    {"logAnalyticsResourceId", names->url("logs")},
                                    {"portal", names->url("portal")}}},
                                  {"suffixes",
                                   {{"acrLoginServerEndpoint", "." + names->domain},
                                    {"storageEndpoint", names->domain},
                                    {"keyvaultDns", ".vault." + names->domain}}}};
  context.out << pretty(cloud);
  return kGood;
}

}  // namespace berth::cli
