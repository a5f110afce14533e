#include "http/file_reader.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace berth::http {
namespace {

// What preadv2 can give without waiting for the disk; negative when that is nothing.
ssize_t read_cached(int file, std::uint64_t offset, std::span<std::byte> out) {
  const iovec vector{out.data(), out.size()};
  return ::preadv2(file, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
}

}  // namespace

Task<> load_pages(BlockingPool& pool, int file, std::uint64_t offset, std::uint64_t length) {
  std::byte last{};
  const std::uint64_t last_offset = offset + length - 1;
  // The last byte stands for all. A file system without RWF_NOWAIT (errno EOPNOTSUPP) is one in
  // memory; only EAGAIN means "not here yet".
  if (read_cached(file, last_offset, {&last, 1}) >= 0 || errno != EAGAIN) co_return;
  co_await pool.run([&] {
    ::readahead(file, static_cast<off64_t>(offset), length);
    std::byte ignored{};
    return ::pread(file, &ignored, 1, static_cast<off_t>(last_offset));
  });
}

Task<Result<std::size_t>> read_file(BlockingPool& pool, int file, std::uint64_t offset,
                                    std::span<std::byte> out) {
  ssize_t n = read_cached(file, offset, out);
  int error = 0;
  if (n < 0) {
    co_await pool.run([&] {
      n = ::pread(file, out.data(), out.size(), static_cast<off_t>(offset));
      error = n < 0 ? errno : 0;
    });
  }
  if (n < 0) co_return fail(errno_error(error, "read", "response body"));
  co_return static_cast<std::size_t>(n);
}

}  // namespace berth::http
