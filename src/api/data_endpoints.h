// What both sides of the data endpoints share: the login server, which gives links, and the data
// face, which serves them (docs/network.md §5 and §6). What is referred to must outlive both.
#pragma once

#include "access/data_link.h"
#include "api/faces.h"
#include "api/link_watch.h"

namespace berth::api {

struct DataEndpoints {
  const access::DataLinks& links;
  LinkWatch& watch;
  const Faces& faces;  // without a domain there are no data endpoints
  const Clock& clock;
  bool retry_in_place = false;  // network.data_fallback = "retry"
};

}  // namespace berth::api
