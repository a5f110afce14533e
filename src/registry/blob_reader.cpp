#include "registry/blob_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "crypto/hasher.h"

namespace berth::registry {
namespace {

constexpr std::size_t kPieceBytes = 1024UL * 1024;

Result<std::size_t> read_at(const FileRange& range, std::uint64_t done,
                            std::span<std::byte> buffer) {
  const auto want = std::min<std::uint64_t>(buffer.size(), range.length - done);
  while (true) {
    const ssize_t n =
        ::pread(range.file->fd(), buffer.data(), want, static_cast<off_t>(range.offset + done));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) return fail(errno_error(errno, "pread", "blob"));
  }
}

}  // namespace

Task<Result<void>> BlobReader::pump(const blobs::BlobLocation& location, const Sink& sink) {
  CO_TRY_ASSIGN(const blobs::BlobSource source, co_await store_.open(location, std::nullopt));
  std::vector<std::byte> buffer(kPieceBytes);
  if (const auto* file = std::get_if<FileRange>(&source)) {
    for (std::uint64_t done = 0; done < file->length;) {
      const auto step = co_await disk_.run([&]() -> Result<std::size_t> {
        TRY_ASSIGN(const std::size_t n, read_at(*file, done, buffer));
        if (n > 0) TRY(sink(std::span(buffer).first(n)));
        return n;
      });
      if (!step) co_return fail(step.error());
      if (*step == 0) break;  // the file is shorter than it was; the sink's owner notices
      done += *step;
    }
    co_return Result<void>{};
  }
  const auto& stream = std::get<std::shared_ptr<ByteStream>>(source);
  while (true) {
    CO_TRY_ASSIGN(const std::size_t n, co_await stream->read(buffer));
    if (n == 0) co_return Result<void>{};
    const auto step = co_await disk_.run([&] { return sink(std::span(buffer).first(n)); });
    if (!step) co_return fail(step.error());
  }
}

Task<Result<std::string>> BlobReader::read(const blobs::BlobLocation& location,
                                           std::uint64_t size) {
  std::string text;
  const Sink append = [&](std::span<const std::byte> piece) -> Result<void> {
    if (text.size() + piece.size() <= size) {
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      return {};
    }
    return fail(Error(Code::kInternal, "Stored content is longer than recorded."));
  };
  CO_TRY(co_await pump(location, append));
  if (text.size() != size) {
    co_return fail(
        Error(Code::kInternal, "Stored content is shorter than recorded.")
            .because(fmt::format("{}: {} of {} bytes", location.text, text.size(), size)));
  }
  co_return text;
}

Task<Result<BlobReader::Hashed>> BlobReader::hash(const blobs::BlobLocation& location,
                                                  oci::Algorithm algorithm) {
  crypto::Hasher hasher(algorithm);
  const Sink update = [&](std::span<const std::byte> piece) -> Result<void> {
    hasher.update(piece);
    return {};
  };
  CO_TRY(co_await pump(location, update));
  co_return Hashed{hasher.digest(), hasher.hashed_bytes()};
}

}  // namespace berth::registry
