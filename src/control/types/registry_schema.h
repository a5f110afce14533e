// What a registry's body may hold (az-acr-wire 7), in both families of api-versions.
#pragma once

#include "control/schema.h"

namespace berth::control {
extern const Schema kRegistrySchema;
}
