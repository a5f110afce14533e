#include "client/resolver.h"

#include <ares.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace berth::client {
namespace {

using Clock = std::chrono::steady_clock;

struct CodeOf {
  int status;
  Code code;
};
// What is not here is kUnavailable: the server is there and does not help.
constexpr std::array kCodes = {
    CodeOf{ARES_ENOTFOUND, Code::kResourceUnknown}, CodeOf{ARES_ENODATA, Code::kResourceUnknown},
    CodeOf{ARES_ENONAME, Code::kResourceUnknown},   CodeOf{ARES_ETIMEOUT, Code::kTimeout},
    CodeOf{ARES_ECANCELLED, Code::kTimeout},        CodeOf{ARES_EBADNAME, Code::kInvalidRequest}};

Error error_of(int status, const std::string& host) {
  const auto row = std::ranges::find(kCodes, status, &CodeOf::status);
  const Code code = row == kCodes.end() ? Code::kUnavailable : row->code;
  const char* const text = code == Code::kTimeout ? "no answer in time" : ::ares_strerror(status);
  return {code, fmt::format("{}: {}", host, text)};
}

struct CloseChannel {
  void operator()(ares_channel channel) const { ::ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, CloseChannel>;

// c-ares counts how often it was started; on Linux that costs nothing.
struct Library {
  Library() : status(::ares_library_init(ARES_LIB_INIT_ALL)) {}
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (status == ARES_SUCCESS) ::ares_library_cleanup();
  }
  int status;
};

// As c-ares takes it: it takes lists, is generous with ports, and knows brackets only before a
// port; one server is meant here. Brackets are for IPv6 alone.
std::optional<std::string> server_of(std::string_view text) {
  const bool bracket = text.starts_with('[');
  const bool v6 = text.find(':') != text.rfind(':');
  const std::size_t end = bracket ? text.find(']') : v6 ? std::string_view::npos : text.find(':');
  if (bracket && end == std::string_view::npos) return std::nullopt;
  const std::string_view address = text.substr(bracket ? 1 : 0, bracket ? end - 1 : end);
  if (!IpAddress::parse(address) || (bracket && !v6)) return std::nullopt;
  const std::string_view rest =
      text.substr(std::min(text.size(), bracket ? end + 1 : std::min(end, text.size())));
  if (rest.empty()) return std::string(address);
  const char* const last = text.data() + text.size();
  std::uint16_t port = 0;
  const auto read = std::from_chars(rest.data() + 1, last, port);
  const bool good = rest.front() == ':' && read.ec == std::errc() && read.ptr == last && port != 0;
  return good ? std::optional<std::string>(text) : std::nullopt;
}

// Two tries: one lost packet is no finding. c-ares doubles the time for the second.
Result<Channel> open_channel(const Resolver& resolver) {
  const std::string& given = resolver.server;
  const std::string server = given.empty() ? given : server_of(given).value_or("");
  if (server.empty() != given.empty()) {
    return fail(Code::kInvalidRequest,
                fmt::format("'{}' is no server; it must be an address, such as 10.0.0.2, "
                            "10.0.0.2:5353 or [fd00::2]:53",
                            given));
  }
  constexpr int kTries = 2;
  ares_options options{};
  options.timeout = std::max(1, static_cast<int>(resolver.timeout.count()) / 3);
  options.tries = kTries;
  options.flags = ARES_FLAG_NOALIASES;
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS;
  std::array<char, 2> dns_alone = {'b', '\0'};
  if (!server.empty()) {
    options.flags |= ARES_FLAG_NOSEARCH;
    options.lookups = dns_alone.data();
    mask |= ARES_OPT_LOOKUPS;
  }
  ares_channel raw = nullptr;
  int status = ::ares_init_options(&raw, &options, mask);
  Channel channel(status == ARES_SUCCESS ? raw : nullptr);
  if (channel && !server.empty()) {
    status = ::ares_set_servers_ports_csv(channel.get(), server.c_str());
  }
  if (status == ARES_SUCCESS) return channel;
  return fail(
      Error(Code::kInternal, "the resolver could not be started").because(::ares_strerror(status)));
}

struct Answer {
  bool arrived = false;
  int status = ARES_SUCCESS;
  std::vector<IpAddress> addresses;
};

std::optional<IpAddress> address_of(const sockaddr* socket) {
  if (socket->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(socket);
    std::memcpy(bytes.data(), &v4->sin_addr, bytes.size());
    return IpAddress::from_v4(bytes);
  }
  if (socket->sa_family != AF_INET6) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(socket);
  std::memcpy(bytes.data(), &v6->sin6_addr, bytes.size());
  return IpAddress::from_v6(bytes);
}

void take(void* given, int status, int /*timeouts*/, ares_addrinfo* found) {
  Answer& answer = *static_cast<Answer*>(given);
  answer.arrived = true;
  answer.status = status;
  for (const ares_addrinfo_node* node = found == nullptr ? nullptr : found->nodes; node != nullptr;
       node = node->ai_next) {
    if (const auto address = address_of(node->ai_addr)) answer.addresses.push_back(*address);
  }
  if (found != nullptr) ::ares_freeaddrinfo(found);
}

// The sockets that c-ares waits for, as poll wants them.
std::vector<pollfd> sockets_of(ares_channel channel) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const auto bits = static_cast<unsigned>(
      ::ares_getsock(channel, sockets.data(), static_cast<int>(sockets.size())));
  std::vector<pollfd> out;
  for (unsigned i = 0; i < sockets.size(); ++i) {
    const int events = (ARES_GETSOCK_READABLE(bits, i) != 0 ? POLLIN : 0) |
                       (ARES_GETSOCK_WRITABLE(bits, i) != 0 ? POLLOUT : 0);
    if (events != 0) out.push_back({sockets[i], static_cast<short>(events), 0});
  }
  return out;
}

// Until the answer is there, or `end`: then c-ares answers that it was cancelled.
void wait(ares_channel channel, const Answer& answer, Clock::time_point end) {
  while (!answer.arrived) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return ::ares_cancel(channel);
    timeval limit{left.count() / 1000, (left.count() % 1000) * 1000};
    timeval room{};
    const timeval* const next = ::ares_timeout(channel, &limit, &room);
    std::vector<pollfd> waiting = sockets_of(channel);
    ::poll(waiting.data(), waiting.size(),
           static_cast<int>((next->tv_sec * 1000) + (next->tv_usec / 1000) + 1));
    for (const pollfd& one : waiting) {
      const bool readable = (one.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writable = (one.revents & POLLOUT) != 0;
      ::ares_process_fd(channel, readable ? one.fd : ARES_SOCKET_BAD,
                        writable ? one.fd : ARES_SOCKET_BAD);
    }
    if (waiting.empty()) ::ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
}

}  // namespace

Result<std::vector<IpAddress>> resolve(const Resolver& resolver, const std::string& host) {
  const Library library;
  Answer answer;  // outlives the channel, which answers once more when it is closed
  TRY_ASSIGN(const Channel channel, open_channel(resolver));
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = ARES_AI_NOSORT;
  ::ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, &take, &answer);
  wait(channel.get(), answer, Clock::now() + resolver.timeout);
  if (answer.status != ARES_SUCCESS) return fail(error_of(answer.status, host));
  std::ranges::sort(answer.addresses);
  const auto same = std::ranges::unique(answer.addresses);
  answer.addresses.erase(same.begin(), same.end());
  return std::move(answer.addresses);
}

}  // namespace berth::client
