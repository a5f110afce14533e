// The system calls behind Listener: from an Endpoint to a listening descriptor, and from a
// kernel address to text. No Asio here.
#pragma once

#include <sys/socket.h>

#include "base/error.h"
#include "base/file.h"
#include "net/listener.h"

namespace berth::net {

// Of the options, what the kernel must know: the address, the interface, whom a Unix socket is for.
Result<File> open_listening_socket(const ListenerOptions& options);

// The endpoint that `fd` is bound to.
Endpoint bound_endpoint(const Endpoint& asked, int fd);

// Who is at the other end of the connected socket `fd`, accepted with `address`.
RemoteAddress describe_peer(int fd, const sockaddr_storage& address);

}  // namespace berth::net
