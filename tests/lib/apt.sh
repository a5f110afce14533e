# shellcheck shell=bash
# Installing Debian packages without starting anything. Sourced, never run; needs packages.sh.
#
# - asks for nothing, takes no recommended package, never removes one (docker-ce stays)
# - no daemon starts: while apt runs here, /usr/sbin/policy-rc.d says no. A policy that the machine
#   already has is kept beside it, asked first, and put back afterwards, also after Ctrl-C.
# - a run that was killed leaves the policy behind; the next run notices and repairs it.

POLICY=/usr/sbin/policy-rc.d
POLICY_SAVED=/usr/sbin/policy-rc.d.before-berth
POLICY_MARK="# put here by Berth while it installs packages; safe to delete"
APT_OPTIONS=(-y --no-install-recommends --no-remove -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)

# missing_packages NAME... prints those that are not installed, one per line.
missing_packages() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

# apt_line NAME... is the one line that a person without root hands to somebody who has it.
apt_line() { echo "apt-get update && apt-get install -y --no-install-recommends $*"; }

is_root() { [ "$(id -u)" = 0 ]; }

# lists_know NAME... is true when apt knows a candidate for every name.
lists_know() {
  local name
  for name in "$@"; do
    apt-cache policy "$name" 2>/dev/null | grep -q '^  Candidate: [^(]' || return 1
  done
}

# download_megabytes NAME... prints what apt would fetch, rounded up.
download_megabytes() {
  apt-get install "${APT_OPTIONS[@]}" --print-uris "$@" 2>/dev/null |
    awk "/^'/ { bytes += \$3 } END { printf \"%d\\n\", (bytes + 999999) / 1000000 }"
}

policy_put_back() {
  grep -qsF "$POLICY_MARK" "$POLICY" || return 0
  rm -f "$POLICY"
  if [ -e "$POLICY_SAVED" ]; then mv "$POLICY_SAVED" "$POLICY"; fi
}

policy_forbid_starts() {
  policy_put_back
  if [ -e "$POLICY" ]; then mv "$POLICY" "$POLICY_SAVED"; fi
  cat > "$POLICY" <<END
#!/bin/sh
$POLICY_MARK
# The machine's own policy is asked first, for what it records; the answer here is always no.
if [ -x $POLICY_SAVED ]; then $POLICY_SAVED "\$@" || true; fi
exit 101
END
  chmod 755 "$POLICY"
}

# In a subshell: its EXIT trap restores the policy and leaves the caller's traps alone.
apt_guarded() (
  exec 9> /run/lock/berth-apt
  command -v flock > /dev/null && flock 9
  trap policy_put_back EXIT
  trap 'exit 130' INT TERM HUP
  policy_forbid_starts
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get "$@" 9>&-
)

# enabled_daemons prints the units of DAEMON_UNITS that start at boot.
enabled_daemons() {
  command -v systemctl > /dev/null || return 0
  local unit
  for unit in "${DAEMON_UNITS[@]}"; do
    [ "$(systemctl is-enabled "$unit" 2>/dev/null)" = enabled ] && echo "$unit"
  done
  return 0
}

# install_packages NAME... as root; false when one could not be had.
install_packages() {
  [ $# -gt 0 ] || return 0
  local before after unit status=0
  if ! lists_know "$@"; then apt_guarded update -q || true; fi
  before=$(enabled_daemons)
  apt_guarded install "${APT_OPTIONS[@]}" "$@" || status=1
  after=$(enabled_daemons)
  for unit in $after; do
    if ! grep -qxF "$unit" <<< "$before"; then
      systemctl disable "$unit" > /dev/null 2>&1 &&
        echo "$unit came with a package and stays off; 'systemctl enable --now $unit' if you want it."
    fi
  done
  return $status
}

# install_each NAME... is for optional packages: all at once, and one by one when that fails.
install_each() {
  [ $# -gt 0 ] || return 0
  if install_packages "$@"; then return 0; fi
  local name
  for name in "$@"; do
    install_packages "$name" || echo "could not install $name: what needs it is skipped"
  done
}
