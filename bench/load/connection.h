// One keep-alive HTTP/1.1 connection with blocking sockets: as little client as a load test needs.
//
// Plain HTTP only. Errors are exceptions (std::runtime_error); after one, the connection reopens at
// the next request. Not safe from several threads.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace load {

struct Address {
  std::string host, port;
  std::string socket;  // a Unix socket's path; then there is no port
};
// `http://host:port`, anything behind the port ignored, or `unix:/path`.
Address parse_url(const std::string& url);

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  long body_bytes = 0;                         // read and dropped
};

class Connection {
 public:
  // `standing` goes with every request: whole header lines with their CRLF.
  explicit Connection(Address address, std::string standing = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `target` may be an absolute URL of this server. `header` holds whole lines with their CRLF.
  Response request(const std::string& method, const std::string& target, const std::string& header,
                   std::string_view body = {});
  void close();

 private:
  void open();
  void open_tcp();
  void open_unix();
  void write(const char* data, std::size_t size);
  bool fill();
  std::string line();
  void skip(std::size_t bytes);
  void read_body(Response& response);
  Response read_response(const std::string& method);

  Address address_;
  std::string standing_;
  int fd_ = -1;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace load
