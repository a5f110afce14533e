# shellcheck shell=bash
# Every Debian 12 package that Berth's scripts use, by purpose. Sourced, never run.
# A recommended package is never installed, so whatever is needed stands here by name.

# Compile and link the server.
# shellcheck disable=SC2034  # the lists are read by the scripts that source this file
BUILD_PACKAGES=(
  clang-16 cmake ninja-build ccache mold pkg-config
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libssl-dev libargon2-dev libcurl4-openssl-dev libc-ares-dev libsqlite3-dev libsoci-dev
  libfmt-dev libexpected-dev libcli11-dev libtomlplusplus-dev
)

# What ./quickstart does with the server once it is built: a real client, and `ss` to say who holds a port.
QUICKSTART_PACKAGES=(skopeo iproute2)

# Build and run the tests: sanitizer runtimes, the unit test library, the runner.
TEST_PACKAGES=(
  libclang-rt-16-dev llvm-16 libgtest-dev libgmock-dev
  python3 python3-pytest curl openssl iproute2
)

# Real clients. Each is optional: what cannot be had is skipped by its name.
CLIENT_PACKAGES=(skopeo podman buildah docker.io containerd runc azure-cli nodejs npm python3-venv)

# The network lab: routing and NAT, names, a forward proxy and a reverse one. Optional as the clients are.
NETWORK_PACKAGES=(nftables iproute2 dnsmasq-base squid haproxy)

# What continuous integration adds.
CI_PACKAGES=(clang-format-16 clang-tidy-16 shellcheck git)

# Units that the packages above would enable for the next boot. They are switched off again where
# this project's scripts were the ones to install them: the tests start their own daemons by hand.
DAEMON_UNITS=(docker.service docker.socket containerd.service
  podman.service podman.socket podman-restart.service podman-auto-update.timer
  squid.service haproxy.service nftables.service)
