// What every test of a BlobStore needs: waiting for a Task, making content, reading it back.
// Test programs only.
#pragma once

#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/task.h"
#include "blobs/blob_store.h"

namespace berth::blobs::testing {

// The loop of all tests. It outlives every pool: a pool thread may still hold the executor of a
// coroutine that has already gone on.
inline asio::io_context& test_loop() {
  static asio::io_context loop;
  loop.restart();
  return loop;
}

// Runs a Task to its end.
template <class T>
T wait_for(Task<T> task) {
  asio::io_context& loop = test_loop();
  std::optional<T> result;
  std::exception_ptr error;
  auto body = [&]() -> Task<> { result.emplace(co_await std::move(task)); };
  asio::co_spawn(asio::make_strand(loop), body,
                 [&](std::exception_ptr e) { error = std::move(e); });
  loop.run();
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

inline void wait_for(Task<void> task) {
  wait_for([](Task<void> inner) -> Task<bool> {
    co_await std::move(inner);
    co_return true;
  }(std::move(task)));
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Repeatable content that does not compress and differs in every block.
inline std::string content_of(std::size_t size, std::uint64_t seed = 1) {
  std::string content(size, '\0');
  SeededRandom random(seed);
  random.fill(std::as_writable_bytes(std::span(content.data(), content.size())));
  return content;
}

inline Task<Result<std::string>> read_stream(std::shared_ptr<ByteStream> stream) {
  std::string content;
  std::array<std::byte, 4096> buffer{};
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t n, co_await stream->read(buffer));
    if (n == 0) co_return content;
    content.append(reinterpret_cast<const char*>(buffer.data()), n);
  }
}

inline std::string read_range(const FileRange& range) {
  std::string content(range.length, '\0');
  const ssize_t n =
      ::pread(range.file->fd(), content.data(), content.size(), static_cast<off_t>(range.offset));
  content.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return content;
}

// The content at `location`, or why not.
inline Result<std::string> read_blob(BlobStore& store, const BlobLocation& location,
                                     std::optional<oci::ByteRange> range = {}) {
  TRY_ASSIGN(const BlobSource source, wait_for(store.open(location, range)));
  if (const auto* file = std::get_if<FileRange>(&source)) return read_range(*file);
  return wait_for(read_stream(std::get<std::shared_ptr<ByteStream>>(source)));
}

// Every blob of the store, in pages of `page`.
inline Result<std::vector<StoredBlob>> list_all(BlobStore& store, std::size_t page = 100) {
  std::vector<StoredBlob> all;
  for (;;) {
    const BlobLocation after = all.empty() ? BlobLocation{} : all.back().location;
    TRY_ASSIGN(const std::vector<StoredBlob> more, wait_for(store.list(after, page)));
    if (more.empty()) return all;
    all.insert(all.end(), more.begin(), more.end());
  }
}

}  // namespace berth::blobs::testing
