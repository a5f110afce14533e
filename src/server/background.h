// Work that the server does by itself: expiring uploads, periodic garbage collection.
#pragma once

#include "server/wiring.h"

namespace berth::server {

// Starts the periodic work on strands of the wiring's loop; it ends when the loop stops. Every run
// is announced in the log, a failed one with its cause.
void start_background_work(Wiring& wiring, const Config& config);

}  // namespace berth::server
