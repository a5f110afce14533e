#include "crypto/hasher.h"

// The low-level SHA functions are deprecated, not removed; hasher.h says why they are used here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>
#include <variant>

namespace berth::crypto {
namespace {

using oci::Algorithm;

// What differs between the two algorithms. `buffer` is the context's block that is not full yet.
struct Sha256 {
  using Context = SHA256_CTX;
  static constexpr Algorithm kAlgorithm = Algorithm::kSha256;
  static constexpr std::size_t kBlock = SHA256_CBLOCK;
  static constexpr std::size_t kRaw = SHA256_DIGEST_LENGTH;
  static constexpr auto kInit = &SHA256_Init;
  static constexpr auto kUpdate = &SHA256_Update;
  static constexpr auto kFinal = &SHA256_Final;
  static void* buffer(Context& context) { return context.data; }
  static const void* buffer(const Context& context) { return context.data; }
};
struct Sha512 {
  using Context = SHA512_CTX;
  static constexpr Algorithm kAlgorithm = Algorithm::kSha512;
  static constexpr std::size_t kBlock = SHA512_CBLOCK;
  static constexpr std::size_t kRaw = SHA512_DIGEST_LENGTH;
  static constexpr auto kInit = &SHA512_Init;
  static constexpr auto kUpdate = &SHA512_Update;
  static constexpr auto kFinal = &SHA512_Final;
  static void* buffer(Context& context) { return context.u.p; }
  static const void* buffer(const Context& context) { return context.u.p; }
};

// A saved state is five fields joined by '.', none of which depends on the byte order:
//   1.sha256.<bytes hashed>.<chaining words and rest of the last block, hex>.<checksum>
constexpr std::string_view kVersion = "1";
constexpr std::size_t kFields = 5;
constexpr std::size_t kChecksumDigits = 16;
// Contexts count bits in 64 (SHA-256) or 128; no content comes near 2^61 bytes.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 61U;

template <class Hash>
struct Running {
  using Kind = Hash;
  typename Hash::Context context{};
  std::uint64_t bytes = 0;

  Running() { Hash::kInit(&context); }
  void update(std::span<const std::byte> data) {
    Hash::kUpdate(&context, data.data(), data.size());
    bytes += data.size();
  }
  std::string raw_digest() const {
    auto copy = context;  // finishing destroys the state
    std::array<unsigned char, Hash::kRaw> raw{};
    Hash::kFinal(raw.data(), &copy);
    return {raw.begin(), raw.end()};
  }
};

using AnyRunning = std::variant<Running<Sha256>, Running<Sha512>>;

std::string checksum(std::string_view text) {
  Running<Sha256> hash;
  hash.update(std::as_bytes(std::span(text)));
  const auto digest = oci::Digest::from_raw(Algorithm::kSha256, hash.raw_digest());
  return std::string(digest.hex().substr(0, kChecksumDigits));
}

template <class Hash>
std::string save_state(const Running<Hash>& running) {
  std::string out =
      fmt::format("{}.{}.{}.", kVersion, oci::algorithm_name(Hash::kAlgorithm), running.bytes);
  for (const auto word : running.context.h) {
    out += fmt::format("{:0{}x}", word, sizeof(word) * 2);
  }
  const auto* const rest = static_cast<const unsigned char*>(Hash::buffer(running.context));
  for (std::size_t i = 0; i < running.context.num; ++i) out += fmt::format("{:02x}", rest[i]);
  return out + '.' + checksum(out);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The state of `bytes` hashed bytes whose words and rest are `hex`; nullopt when they do not fit.
template <class Hash>
std::optional<Running<Hash>> load_state(std::uint64_t bytes, std::string_view hex) {
  Running<Hash> running;
  auto& context = running.context;
  running.bytes = bytes;
  // Length counters are in bits, low and high half; a half of SHA-256 has 32 of them.
  const std::uint64_t bits = bytes << 3U;
  context.Nl = static_cast<decltype(context.Nl)>(bits);
  if constexpr (sizeof(context.Nl) == sizeof(std::uint32_t)) {
    context.Nh = static_cast<decltype(context.Nh)>(bits >> 32U);
  }
  context.num = static_cast<decltype(context.num)>(bytes % Hash::kBlock);
  constexpr std::size_t kWordDigits = sizeof(context.h[0]) * 2;
  if (hex.size() != std::size(context.h) * kWordDigits + context.num * 2) return std::nullopt;
  for (auto& word : context.h) {
    const auto value = parse_number<std::uint64_t>(hex.substr(0, kWordDigits), 16);
    if (!value) return std::nullopt;
    word = static_cast<std::remove_reference_t<decltype(word)>>(*value);
    hex.remove_prefix(kWordDigits);
  }
  auto* const rest = static_cast<unsigned char*>(Hash::buffer(context));
  for (std::size_t i = 0; i < context.num; ++i) {
    const auto value = parse_number<unsigned char>(hex.substr(i * 2, 2), 16);
    if (!value) return std::nullopt;
    rest[i] = *value;
  }
  return running;
}

template <class Hash>
bool load_into(AnyRunning& into, std::uint64_t bytes, std::string_view hex) {
  const auto running = load_state<Hash>(bytes, hex);
  if (running) into = *running;
  return running.has_value();
}

std::array<std::string_view, kFields> split(std::string_view text) {
  std::array<std::string_view, kFields> fields;
  for (std::size_t i = 0; i < kFields; ++i) {
    const auto end = i + 1 < kFields ? std::min(text.find('.'), text.size()) : text.size();
    fields.at(i) = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fields;
}

// For the operator's log: no client ever sees a saved state.
tl::unexpected<Error> unusable(std::string why) {
  return fail(Error(Code::kInternal,
                    "A saved hash state cannot be continued; the content has to "
                    "be hashed again from its start.")
                  .because(std::move(why)));
}

}  // namespace

struct Hasher::State {
  AnyRunning running;
};

Hasher::Hasher(Algorithm algorithm) : state_(std::make_unique<State>()) {
  if (algorithm == Algorithm::kSha512) state_->running.emplace<Running<Sha512>>();
}
Hasher::Hasher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hasher::Hasher(const Hasher& other) : state_(std::make_unique<State>(*other.state_)) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

Algorithm Hasher::algorithm() const {
  return std::visit([](const auto& r) { return std::decay_t<decltype(r)>::Kind::kAlgorithm; },
                    state_->running);
}

void Hasher::update(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;  // an empty span may have a null pointer
  std::visit([&](auto& r) { r.update(bytes); }, state_->running);
}

std::uint64_t Hasher::hashed_bytes() const {
  return std::visit([](const auto& r) { return r.bytes; }, state_->running);
}

oci::Digest Hasher::digest() const {
  return oci::Digest::from_raw(
      algorithm(), std::visit([](const auto& r) { return r.raw_digest(); }, state_->running));
}

std::string Hasher::save() const {
  return std::visit([](const auto& r) { return save_state(r); }, state_->running);
}

Result<Hasher> Hasher::restore(std::string_view saved) {
  const auto [version, name, count, hex, sum] = split(saved);
  if (version != kVersion) {
    return unusable(fmt::format("format version '{}' is unknown; this build reads {}",
                                version.substr(0, 8), kVersion));
  }
  if (saved.size() <= sum.size() ||
      sum != checksum(saved.substr(0, saved.size() - sum.size() - 1))) {
    return unusable("the checksum does not match: the text was cut or changed");
  }
  const auto bytes = parse_number<std::uint64_t>(count, 10);
  if (!bytes || *bytes >= kMaxBytes) return unusable("the number of hashed bytes is malformed");

  auto state = std::make_unique<State>();
  const bool loaded = name == oci::algorithm_name(Algorithm::kSha256)
                          ? load_into<Sha256>(state->running, *bytes, hex)
                          : name == oci::algorithm_name(Algorithm::kSha512) &&
                                load_into<Sha512>(state->running, *bytes, hex);
  if (!loaded) return unusable("the algorithm or the length of the state is malformed");
  return Hasher(std::move(state));
}

oci::Digest digest_of(Algorithm algorithm, std::span<const std::byte> bytes) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

}  // namespace berth::crypto
