// Bytes read from a connection and not used up yet: request heads, and what came with them.
//
// consume() moves no byte, so views of a request head stay valid until the next prepare(), append()
// or assignment, which is after the request's response. prepare() gives back what was needed for
// more than heads, so that a kept connection does not hold a body's worth of memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace berth::http {

class InputBuffer {
 public:
  std::string_view text() const {
    return {reinterpret_cast<const char*>(data_.get()) + begin_, end_ - begin_};
  }
  std::span<const std::byte> bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  void consume(std::size_t n) { begin_ += n; }

  // Room for at least one byte behind the content, while the content is shorter than `limit`.
  std::span<std::byte> prepare(std::size_t limit) {
    if (end_ == capacity_ || empty()) make_room(limit);
    return {data_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t n) { end_ += n; }

  void append(std::span<const std::byte> bytes) {
    if (bytes.size() > capacity_ - end_) move_to(size() + bytes.size());
    std::memcpy(data_.get() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }

 private:
  static constexpr std::size_t kInitial = 4UL * 1024;

  void make_room(std::size_t limit) {
    const std::size_t used = size();
    if (capacity_ > std::max(limit, kInitial) && used < limit) {
      move_to(std::max(std::min(2 * used, limit), kInitial));
    } else if (begin_ > 0 && used < capacity_) {
      std::memmove(data_.get(), data_.get() + begin_, used);
      begin_ = 0;
      end_ = used;
    } else if (used == capacity_) {
      // The caller refuses a head that fills the limit, so this ends there.
      move_to(capacity_ == 0 ? kInitial : std::max(used + 1, std::min(2 * capacity_, limit)));
    }
  }
  void move_to(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    const std::size_t used = size();
    if (used > 0) std::memcpy(larger.get(), data_.get() + begin_, used);
    data_ = std::move(larger);
    capacity_ = capacity;
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<std::byte[]> data_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace berth::http
