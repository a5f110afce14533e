#include "net/listening_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace berth::net {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// The text was checked when the Endpoint was parsed.
Address to_sockaddr(const Endpoint& endpoint) {
  Address result;
  switch (endpoint.kind) {
    case Endpoint::Kind::kIpv4: {
      auto* in = reinterpret_cast<sockaddr_in*>(&result.storage);
      in->sin_family = AF_INET;
      in->sin_port = htons(endpoint.port);
      ::inet_pton(AF_INET, endpoint.address.c_str(), &in->sin_addr);
      result.size = sizeof(sockaddr_in);
      break;
    }
    case Endpoint::Kind::kIpv6: {
      auto* in = reinterpret_cast<sockaddr_in6*>(&result.storage);
      in->sin6_family = AF_INET6;
      in->sin6_port = htons(endpoint.port);
      ::inet_pton(AF_INET6, endpoint.address.c_str(), &in->sin6_addr);
      result.size = sizeof(sockaddr_in6);
      break;
    }
    case Endpoint::Kind::kUnix: {
      auto* un = reinterpret_cast<sockaddr_un*>(&result.storage);
      un->sun_family = AF_UNIX;
      std::memcpy(un->sun_path, endpoint.address.c_str(), endpoint.address.size() + 1);
      result.size = sizeof(sockaddr_un);
      break;
    }
  }
  return result;
}

Error listen_error(const Endpoint& endpoint, int err, std::string_view operation) {
  const std::string at = endpoint.text();
  Error error = errno_error(err, operation, at);
  switch (err) {
    case EADDRINUSE:
      error.code = Code::kConflict;
      error.message = fmt::format(
          "Cannot listen on {}: another process listens there; stop it or choose another address.",
          at);
      break;
    case EACCES:
    case EPERM:
      error.code = Code::kDenied;
      error.message =
          endpoint.kind == Endpoint::Kind::kUnix
              ? fmt::format("Cannot listen on {}: this user may not write to its folder.", at)
              : fmt::format(
                    "Cannot listen on {}: ports below 1024 need CAP_NET_BIND_SERVICE. Run `sudo "
                    "setcap cap_net_bind_service=+ep` on the berth binary, use the systemd unit, "
                    "start it with sudo, or choose a higher port such as 8443.",
                    at);
      break;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      error.code = Code::kInvalidRequest;
      error.message = fmt::format("Cannot listen on {}: this machine has no such address.", at);
      break;
    default:
      error.message =
          fmt::format("Cannot listen on {}: {}.", at, std::system_category().message(err));
  }
  return error;
}

// Removes the socket file that a killed server left behind, and nothing else.
Result<void> remove_stale(const Endpoint& endpoint) {
  struct stat info {};
  if (::lstat(endpoint.address.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return fail(listen_error(endpoint, errno, "lstat"));
  }
  if (!S_ISSOCK(info.st_mode)) {
    return fail(
        Code::kConflict,
        fmt::format("Cannot listen on {}: the file exists and is not a socket.", endpoint.text()));
  }
  const File probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address = to_sockaddr(endpoint);
  if (::connect(probe.fd(), address.get(), address.size) == 0) {
    return fail(listen_error(endpoint, EADDRINUSE, "connect"));
  }
  if (errno != ECONNREFUSED) return fail(listen_error(endpoint, errno, "connect"));
  if (::unlink(endpoint.address.c_str()) != 0 && errno != ENOENT) {
    return fail(listen_error(endpoint, errno, "unlink"));
  }
  return {};
}

void switch_on(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof(on));
}

void set_tcp_options(const Endpoint& endpoint, int fd) {
  switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
  switch_on(fd, IPPROTO_TCP, TCP_NODELAY);  // Linux hands it on to accepted sockets
  if (endpoint.kind == Endpoint::Kind::kIpv6) switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
}

struct Numeric {
  IpAddress address;
  std::uint16_t port;
};

// Of an IPv4 or IPv6 socket.
Numeric numeric(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in->sin_addr, bytes.size());
    return {IpAddress::from_v4(bytes), ntohs(in->sin_port)};
  }
  const auto* in = reinterpret_cast<const sockaddr_in6*>(&address);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &in->sin6_addr, bytes.size());
  return {IpAddress::from_v6(bytes), ntohs(in->sin6_port)};
}

// Packets that arrive elsewhere do not see the socket, whatever address they carry.
Result<void> bind_to_interface(const ListenerOptions& options, int fd) {
  const std::string& name = options.interface;
  if (name.empty()) return {};
  const std::string at =
      fmt::format("Cannot listen on {} of interface {}: ", options.endpoint.text(), name);
  if (options.endpoint.kind == Endpoint::Kind::kUnix) {
    return fail(Code::kInvalidRequest, at + "a Unix socket has no network interface.");
  }
  // The kernel would cut a longer name off and take another interface.
  if (name.size() < IFNAMSIZ && ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                                             static_cast<socklen_t>(name.size() + 1)) == 0) {
    return {};
  }
  const int err = name.size() < IFNAMSIZ ? errno : ENODEV;
  Error error = errno_error(err, "SO_BINDTODEVICE", name);
  if (err == ENODEV) {
    error.code = Code::kInvalidRequest;
    error.message = at + "this machine has no such interface; `ip link` lists them.";
  } else if (err == EPERM) {
    error.code = Code::kDenied;
    error.message = at + "that needs CAP_NET_RAW; grant it, or leave the interface out.";
  } else {
    error.message = at + std::system_category().message(err) + ".";
  }
  return fail(std::move(error));
}

}  // namespace

Result<File> open_listening_socket(const ListenerOptions& options) {
  const Endpoint& endpoint = options.endpoint;
  const unsigned mode = options.everybody ? 0666U : 0600U;  // of a Unix socket
  const bool unix_socket = endpoint.kind == Endpoint::Kind::kUnix;
  if (unix_socket) TRY(remove_stale(endpoint));
  const Address address = to_sockaddr(endpoint);
  File file(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!file) return fail(listen_error(endpoint, errno, "socket"));
  TRY(bind_to_interface(options, file.fd()));
  if (unix_socket) {
    // The file is born with the mode of the unbound socket: there is no moment at which a user
    // could connect who may not.
    ::fchmod(file.fd(), mode);
  } else {
    set_tcp_options(endpoint, file.fd());
  }
  if (::bind(file.fd(), address.get(), address.size) != 0) {
    return fail(listen_error(endpoint, errno, "bind"));
  }
  // bind() has taken the umask away from the mode; to give it back can only open the file further.
  if (unix_socket && ::chmod(endpoint.address.c_str(), mode) != 0) {
    return fail(listen_error(endpoint, errno, "chmod"));
  }
  if (::listen(file.fd(), options.backlog) != 0) {
    return fail(listen_error(endpoint, errno, "listen"));
  }
  return file;
}

Endpoint bound_endpoint(const Endpoint& asked, int fd) {
  Endpoint result = asked;
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (asked.kind != Endpoint::Kind::kUnix &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    result.port = numeric(address).port;
  }
  return result;
}

RemoteAddress describe_peer(int fd, const sockaddr_storage& address) {
  RemoteAddress remote;
  if (address.ss_family == AF_UNIX) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      remote.uid = credentials.uid;
    }
    return remote;
  }
  const Numeric theirs = numeric(address);
  remote.address = theirs.address.text();
  remote.port = theirs.port;
  remote.loopback = theirs.address.loopback();
  sockaddr_storage own{};
  socklen_t size = sizeof(own);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0) {
    remote.local = numeric(own).address.text();
  }
  return remote;
}

}  // namespace berth::net
