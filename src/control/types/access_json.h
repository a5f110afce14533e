// The answers of explainAccess, listAccess and previewPermissionsMode as docs/permissions.md has
// them. Object ids get their names here; `{principal}` in commands becomes a name for the shell.
#pragma once

#include "control/json_text.h"
#include "control/world.h"
#include "explain/explain.h"

namespace berth::control {

json::object explanation_json(const World& world, const policy::RegistryPolicy& registry,
                              const explain::Question& question,
                              const explain::Explanation& explanation);
json::object holders_json(const World& world, const explain::Everybody& everybody);
json::object mode_changes_json(const World& world, policy::PermissionsMode from,
                               policy::PermissionsMode to, const explain::ModePreview& preview);

}  // namespace berth::control
